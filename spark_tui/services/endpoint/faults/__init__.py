"""What went wrong at an endpoint: from statuses and error bodies to one line.

error_body  What a provider's error says, whatever its shape: codes, words, fields it names, a wait
faults      What can go wrong at an endpoint, in one line a person can act on
statuses    What a status, an error body or an error event means: provider's words in, one fault out
"""
