"""The index of a repository: one SQLite file in the state folder, which holds terms and no text.

build            Bringing an index up to date with the disk: what must be read is read
builder_process  Brings one index up to date, in a process of its own
corpus           What ranking asks of the database
finder           Finds code in one repository: keeps its index up to date and asks it
joined           Two indexes as one: what is in the database, and what was read just now
listing          The files there are and which of them git vouches for; and reading one
packing          How lists of numbers and a file's blocks are written into the database
store            The database of one index: what is in its tables, how it is filled and cleaned
unindexed        What can be found before there is an index: by the files' names, by git's search
"""
