"""What went wrong at an endpoint: from statuses and error bodies to one line."""
