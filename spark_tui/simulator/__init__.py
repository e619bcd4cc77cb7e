"""The built-in endpoint: a real loopback server process, always labelled simulated.

__main__       `python -m spark_tui.simulator`: the simulated endpoint as a process of its own
allowance      A limit of tokens a minute as providers keep one: a bucket that refills evenly
answers        From a prompt to the text of the answer, with the faults an answer itself may have
breaks         What goes wrong inside an answer: events that are none, and ends that are none
chat           Answers as chunks of Chat Completions. Pure: values in, JSON out
conversations  Remembers recent responses, so that a request may continue one by its id
dialects       The timing fields providers add to the end of a stream
edits          Turns lines before and after into the hunks of an answer, as V4A or SEARCH/REPLACE
faults         What may go wrong at an endpoint, as flags: `NAME[:ARG][*TIMES][+SKIP]`
functions      Changes to one function, line by line: each returns the file's lines after the change
instructions   Carries out plain instructions on the files of a prompt. Pure: text in, edits out
looks          What the simulated model wants to see before it answers, as calls of tools
pacing         Sends tokens on an absolute schedule, so that lateness never adds up
parts          How an answer is delivered: as text, a freeform tool, or patch operations
prompt         Reads what a client sent: instructions, the files it shows, the sentence to carry out
python_code    Finds functions and names in Python source by its lines
refusals       Answers that are no stream: error statuses and their bodies
responses      Answers as events of the Responses API. Pure: values in, JSON out
sample         The demo's repository: a small HTTP helper package with its tests
server         The simulated endpoint over HTTP: routes, refusals, and streams of server-sent events
settings       What a simulated endpoint is told on its command line
sockets        The Responses API as WebSocket frames: many turns, warm-up, steering
tokens         A small deterministic tokenizer: what the simulated endpoint counts and paces
turn           One paced answer: tokens on their schedule into a sink, faults at their token
turnlog        The endpoint's own record of what it sent when: JSON lines on CLOCK_MONOTONIC, in ns
wires          What the wires share: counts, the shape of a wire, and how events become bytes
"""
