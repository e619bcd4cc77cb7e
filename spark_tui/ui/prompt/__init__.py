"""Where instructions are typed.

autosave           What is typed and not sent is kept on every pause, so that no ending loses it
draft              The text of the prompt: editing as readline does it, by whole graphemes
editing_commands   The editing commands of the key table, bound to one draft
history            Instructions sent before, as they were typed
instruction_queue  Instructions sent with Tab that wait until the edit before is decided
offer              What Enter takes on an empty prompt, once it was there to be read
offered_comment    Comments in files that ask for an edit: each is told once, and waits for a key
text_units         Graphemes, words, lines and screen rows of a text: where each begins and ends
vim                The prompt's vim flavour: insert and normal mode over the same draft
widget             The prompt widget: grows to eight rows, paints only itself
"""
