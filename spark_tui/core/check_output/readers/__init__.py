"""One module a runner family: `recognises` says whether an output is its, `read` reads it.

generic  Anything that prints `file:line`: findings with a place
pytest   pytest, in all its styles of traceback
reading  What a reader is given and gives back
"""
