"""Finding the code an instruction is about: terms, blocks, ranking and packing. No I/O.

answer   What an index answered, and how much of the repository it knew then
blocks   A file as blocks: its functions, classes and methods, and windows of what stands between
corpus   What ranking asks of an index, however it keeps its answers: in memory or in a database
find     What goes along with an instruction that points at nothing
history  What a repository's past says about where changes go: messages, co-changes, how often
listed   Sets of words, written as running text
matches  Where in a file something was found: the lines round it that say most, the likeliest first
memory   An index in memory: for small repositories, the harness and the tests
pack     Which lines of the ranked blocks go along within a budget of tokens
places   Places that a text names as tools print them: paths, lines, tracebacks and compiler output
pointed  What an instruction points at in its own words, taken before anything is guessed
priors   What sort of file a path names, and how much such a file is worth before anything is said
score    Which blocks an instruction is about: BM25F over blocks, with what names and paths say
secrets  Which files are withheld from retrieval: what holds secrets by its name or by its content
terms    The words of an instruction and of code, as they are compared: one tokeniser for both
"""
