"""One module per group of commands; each joins the parts it needs, and only those.

apply           `spark-tui apply`: any model's edit text into worktree, index or a patch file
arguments       argparse with our manners: a wrong argument is one line and exit status 2
bench           `spark-tui bench`: measures endpoints side by side, and against a saved run
completion      `spark-tui completion`: what bash, zsh and fish complete, from the command table
doctor          `spark-tui doctor`: an endpoint checked step by step, each with its time and remedy
edit            `spark-tui edit`: an instruction about a file, or a filter from code to code
endpoint_setup  Setting up an endpoint from the screen: tested as `doctor` does it, kept if it works
endpoints       Endpoints as commands open them: keys or sign-in, and what was learnt of servers
find            `spark-tui find`: what would go along with an instruction; nothing is sent
green           `spark-tui green`: a red check made green, within attempts, time and tokens
headless_edit   One instruction about one file, without a screen: request, answer, placed edit
journal         `spark-tui log`, `undo`, `redo`, `recover`: the edit journal from any shell
keep_input      `--keep`: however a filter ends, its input comes back on stdout, byte for byte
keys            `spark-tui keys`: what the terminal sends, and the table of keys
login           `spark-tui login` and `logout`: a ChatGPT plan instead of a key
output          The one door to stdout and stderr: harmless on a terminal, exact in a pipe
prove           `spark-tui prove`: are an endpoint's edits right? Tasks with hidden tests
replay          `spark-tui replay TRACE`: a recorded turn in the session's screen, at its own pace
review          `spark-tui review`: anyone's changes as hunks, marked and taken out
sample          The demo's throw-away repository: the sample files, committed
session         `spark-tui [PATH]`, `demo`, `resume`: paint first, import later, then join the parts
sessions        `spark-tui sessions` and `export`: the sessions kept for this worktree
stats           `spark-tui stats`: figures of the recorded turns, by endpoint
trace           `spark-tui trace list|show|diff|export`: recorded turns in figures and formats
trust           `spark-tui trust [PATH]`: let a worktree's .spark.toml name commands to run
where           `spark-tui where`: where everything lives on disk
worktree        The worktree a command works in, with the journal's bounds as they are set
"""
