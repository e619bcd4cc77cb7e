"""Keys: what terminals send, which command they mean, and who has the keyboard.

commands       The one command table: key bindings, palette, help and keys row are all made from it
focus          Who has the keyboard. Pure: the screen asks, widgets only show the answer
key_echo       `spark-tui keys`: what the terminal sends for a key, and what it would do
key_names      Names of keys: as terminals send them, as people write them, as settings may say them
key_reference  The command table for reading: as Markdown, and as lines for a terminal
typed          What a key types, and how what was typed looks: every keyboard and input method
"""
