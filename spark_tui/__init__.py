"""spark-tui: pair programming in the terminal with models that write 1,000 tokens a second.

The map, top down (each layer sees only what is below it):

    cli         arguments, and which command they mean
    commands    one module per group of commands: the only place where the parts are joined
    ui          the only package that imports Textual: folds events, paints frames
    simulator   the built-in endpoint, a server process of its own
    bench       measures endpoints side by side
    prove       are an endpoint's edits right? Small tasks with hidden tests
    pair        one turn: request -> stream -> edits -> proposal -> decision -> applied
    services    one package per thing in the outside world: endpoint, worktree, places, processes
    core        values and pure functions; the edit engine lives in core.edits

Each package's docstring is its map: one line a module.

Data flows one way: key -> pair -> events -> session -> widgets.
"""

__version__ = "0.1.0"
