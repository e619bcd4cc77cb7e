"""What tokens cost, and when to ask before spending. Pure.

price_table  Price tables of settings in, prices out. A shipped price without a day is refused
pricing      What an answer costs: tokens at a price, in US dollars
spending     The spend guard: what a turn will about cost, and when to ask before it goes out
"""
