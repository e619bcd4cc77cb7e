"""Where the time of a turn went: stamps in, figures, waterfall and verdict out. Pure.

client_cost  What the interface costs itself: frame times, bounded samples and their p95
gaps         The gaps between reads of one answer: percentiles, the longest one, and their course
meter        Time to first token, tok/s and their exactness, from stamps; no rate under 50 ms
stats        A session's turns as figures per endpoint: p50/p95, cold and warm, goodput, cost
track        The stamps of one turn, folded from its events
verdict      Why a turn was slow, in one plain sentence
waterfall    The spans of one turn with their owner and clock, ready to be drawn
"""
