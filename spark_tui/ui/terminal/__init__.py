"""The terminal itself: its driver, first paint, clipboard, and how it is given back.

background_color  The terminal's answer to OSC 11, its background: dark or light
bracketed_paste   What the terminal sends, split into keys and pastes
clipboard         Copying: OSC 52 and the desktop's clipboard, told honestly
driver            Textual's driver: vanished terminals, pastes, suspension, no polling
first_paint       The first paint, before Textual is imported, and what is typed meanwhile
restore           The terminal comes back on every ending: signals, crash, vanished pty
suspend           When an editor, git or the shell had the terminal: time that is not ours
"""
