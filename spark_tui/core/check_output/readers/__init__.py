"""One module a runner family: `recognises` says whether an output is its, `read` reads it.

eslint    eslint's usual format
generic   Anything that prints `file:line`: findings with a place
go        go test, plain, verbose and as JSON; go vet and go build
jest      jest
junit     JUnit XML, whoever wrote it
mocha     mocha's numbered failures, and its TAP
mypy      mypy
node      node's own runner, and its TAP
pytest    pytest, in all its styles of traceback
reading   What a reader is given and gives back
ruff      ruff check
rust      cargo test, and what rustc and clippy print
stacks    Frames of stack traces as the languages print them
tsc       tsc, plain and pretty
unittest  unittest, with subtests
vitest    vitest, whichever reporter; its TAP
"""
