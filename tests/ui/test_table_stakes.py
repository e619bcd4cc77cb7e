"""What people take for granted in a terminal program of this kind, and the test that proves each.

Every behaviour names tests that exist; what is left out on purpose has its reason. Removing or
renaming a test without saying what proves the behaviour now fails here.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

PROVED: dict[str, tuple[str, ...]] = {
    "a new line without special keys: Ctrl+J": (
        "ui/test_prompt.py::test_ctrl_j_grows_the_prompt_upwards_to_its_limit",
    ),
    "readline editing with kill and yank": (
        "ui/test_prompt.py::test_letters_and_readline_keys_edit_the_draft",
        "ui/test_editing.py::test_kill_then_yank_puts_it_back",
        "ui/test_editing.py::test_words_and_line_edges",
        "ui/test_editing.py::test_kills_in_a_row_are_yanked_together",
    ),
    "`/` commands and `!` shell": (
        "ui/test_prompt.py::test_slash_names_a_command",
        "ui/test_shell.py::test_the_output_is_shown_and_sent_nowhere",
        "ui/test_shell.py::test_attached_output_goes_along_in_full",
        "services/test_shell.py::test_no_key_reaches_the_command",
    ),
    "a large paste is safe and collapsed": (
        "ui/test_prompt.py::test_large_paste_is_collapsed_and_sent_in_full",
        "ui/test_focus.py::test_paste_in_review_is_text_and_never_keys",
    ),
    "`@` names files by letters in order": (
        "ui/test_prompt.py::test_mention_completes_by_letters_in_order",
    ),
    "a file git ignores can be named": (
        "pair/test_quick_edits.py::test_an_ignored_file_goes_along_when_it_is_named",
    ),
    "text streams": (
        "pair/test_turns.py::test_a_line_of_prose_is_shown_while_it_is_written",
        "ui/test_body.py::test_a_streaming_answer_looks_as_designed",
    ),
    "Esc interrupts at once, what is finished stays": (
        "ui/test_focus.py::test_escape_stops_in_the_same_key_and_is_deaf_afterwards",
        "e2e/test_bad_days.py::test_esc_closes_the_connection_and_a_cut_writes_nothing",
    ),
    "a coloured diff, unified and side by side": (
        "ui/test_body.py::test_a_streaming_answer_looks_as_designed",
        "ui/test_split.py::test_wide_terminals_show_hunks_side_by_side",
        "ui/test_split.py::test_ctrl_x_v_switches_and_holds_the_current_hunk_on_its_row",
    ),
    "keys that jump from hunk to hunk": (
        "ui/test_review_keys.py::test_next_and_previous_wrap_over_open_hunks",
    ),
    "the diff can be read while the answer runs": (
        "ui/test_focus.py::test_typing_goes_on_as_hunks_arrive",
        "ui/test_review_keys.py::test_keep_on_a_hunk_being_written_waits",
    ),
    "the last edit is taken back": (
        "ui/test_review_keys.py::test_undo_reopens_the_hunk_and_makes_it_current",
        "pair/test_turns.py::test_undo_takes_back_entry_by_entry_byte_for_byte",
        "e2e/test_demo.py::test_a_rename_is_kept_taken_back_kept_again_and_the_terminal_restored",
    ),
    "undo never touches index, HEAD or untracked files": (
        "services/worktree/test_flush_undo.py::test_the_users_git_is_byte_for_byte_the_same",
    ),
    "undo refuses where a file changed since": (
        "services/worktree/test_flush_undo.py::"
        "test_undo_over_a_later_edit_of_the_same_line_names_it_and_changes_nothing",
        "services/worktree/test_flush_undo.py::test_undo_refuses_where_a_file_came_or_went_since",
    ),
    "a stale base is known by content, not by time": (
        "services/worktree/test_flush_undo.py::test_a_file_changed_since_it_was_read_is_not_written",
        "pair/test_turns.py::test_an_outside_edit_moves_open_hunks_or_makes_them_stale",
    ),
    "watching respects ignore files and the system's limit": (
        "services/worktree/test_watch.py::"
        "test_saves_by_others_are_reported_and_ignored_files_are_not",
        "services/worktree/test_watch.py::test_a_tree_beyond_the_limit_is_watched_from_its_top",
        "services/worktree/test_watch.py::test_where_nothing_can_be_watched_that_is_said",
    ),
    "the instruction in $EDITOR": (
        "ui/test_prompt.py::test_editor_is_offered_the_draft_in_full",
        "e2e/test_prompt_flows.py::test_mouse_shell_editor_and_clipboard_are_the_persons_own",
    ),
    "time and tokens while it runs": ("ui/test_chrome.py::test_status_while_an_answer_runs",),
    "any OpenAI-compatible address": (
        "core/config/test_settings.py::test_a_base_url_alone_sends_no_key",
        "services/endpoint/test_choices.py::"
        "test_a_server_without_responses_is_asked_for_chat_and_that_is_remembered",
    ),
    "the model is switched by one key": (
        "ui/test_prompt.py::test_endpoint_list_says_what_is_simulated_and_switches",
    ),
    "one-shot use, with machine-readable output": (
        "commands/test_edit.py::test_through_a_real_pipe",
        "commands/test_apply.py::test_json_names_files_hunks_and_reasons",
    ),
    "keys can be remapped, clashes are refused": (
        "ui/test_commands.py::test_remap_replaces_the_shown_key",
        "ui/test_commands.py::test_clash_is_refused_with_both_names",
        "ui/test_commands.py::test_keys_that_never_arrive_are_refused",
        "ui/test_keys.py::test_the_meaning_follows_remaps",
    ),
    "a palette of all commands": ("ui/test_prompt.py::test_slash_names_a_command",),
    "light terminals are readable and followed": (
        "core/config/test_theme.py::test_every_text_can_be_read_on_its_ground",
        "e2e/test_colours.py::test_the_theme_suits_the_ground_and_the_answer_is_no_key",
        "ui/test_themes.py::test_without_a_choice_the_ground_of_the_terminal_decides",
    ),
    "Ctrl+R searches the history": (
        "ui/test_prompt.py::test_history_search_puts_the_choice_into_the_prompt",
    ),
    "sessions are listed and resumed": (
        "e2e/test_resume.py::test_a_killed_session_is_resumed_with_its_open_hunks_and_its_draft",
        "commands/test_sessions.py::test_sessions_are_listed_with_what_is_left",
    ),
    "tokens, and how many of them were cached": (
        "ui/test_chrome.py::test_status_when_the_provider_has_counted",
    ),
    "Shift+Tab cycles ask, auto-apply, read-only": (
        "ui/test_review_keys.py::test_mode_cycles_and_is_loud_in_auto",
        "pair/test_turns.py::test_read_only_writes_nothing",
    ),
    "a folder is trusted before its settings count": (
        "core/config/test_settings.py::"
        "test_a_project_file_may_not_say_where_requests_go_or_what_is_written",
        "core/test_checks.py::test_a_project_file_names_checks_only_where_it_is_trusted",
    ),
    "writes stay inside the worktree": (
        "services/worktree/test_flush_undo.py::test_paths_that_are_never_written",
        "services/worktree/test_flush_undo.py::"
        "test_links_hard_links_and_nested_repositories_are_refused",
    ),
    "copied text has no gutter and no wraps": (
        "ui/test_review_keys.py::test_copy_takes_code_without_numbers_and_admits_doubt",
        "ui/test_body.py::test_the_mouse_copies_exact_code_without_gutters",
    ),
    "OSC 52, through tmux, and the desktop's clipboard": (
        "ui/test_clipboard.py::test_tmux_is_asked_itself_and_passes_it_through",
        "ui/test_clipboard.py::test_what_is_said_is_what_reading_it_back_says",
        "services/test_clipboard.py::test_text_that_can_be_read_back_is_confirmed",
    ),
    "the terminal is restored after a crash or a signal": (
        "ui/test_terminal.py::test_terminal_is_restored_on_ending_signals",
        "ui/test_terminal.py::test_crash_exits_with_one_restores_and_shows_no_variables",
        "e2e/test_endings.py::test_signals_give_the_terminal_back",
    ),
    "NO_COLOR, dumb and narrow terminals": (
        "ui/test_sizes.py::test_no_color_leaves_bold_and_reverse_only",
        "e2e/test_colours.py::test_only_colours_the_terminal_has_are_used",
        "e2e/test_plain.py::test_a_dumb_terminal_gets_it_unasked",
        "ui/test_sizes.py::test_too_small_says_so_and_work_goes_on",
    ),
    "the first key is set up, tested and masked": (
        "ui/test_setup.py::test_a_key_is_pasted_as_dots_tested_with_ticks_and_saved",
        "e2e/test_setup.py::test_a_key_is_tested_saved_and_used_at_the_next_start",
        "pair/test_endpoints.py::test_what_works_is_saved_used_and_its_key_serves_the_origin",
        "pair/test_endpoints.py::test_what_does_not_work_saves_nothing_and_changes_nothing",
    ),
    # what others have and few take for granted, but people asked for most
    "a draft survives every ending": (
        "e2e/test_resume.py::test_a_killed_session_is_resumed_with_its_open_hunks_and_its_draft",
        "ui/test_prompt.py::test_interrupting_an_idle_prompt_remembers_the_draft",
    ),
    "the mouse can be given back to the terminal": (
        "e2e/test_prompt_flows.py::test_mouse_shell_editor_and_clipboard_are_the_persons_own",
    ),
    "Ctrl+Z and coming back": (
        "ui/test_terminal.py::test_suspending_gives_the_terminal_back_and_resuming_takes_it",
    ),
    "reduced motion and screen readers": (
        "ui/test_motion.py::test_what_grows_is_shown_when_it_is_whole",
        "ui/test_plain.py::test_nothing_is_ever_redrawn",
    ),
    "what the terminal sends for a key": (
        "e2e/test_keys.py::test_keys_are_echoed_with_their_bytes_and_the_terminal_given_back",
    ),
}

LEFT_OUT = {
    "the cost in money": "prices are not part of the protocol and change; tokens are shown exactly",
    "running without the second screen": "decisions need rows that stay; `edit` and --plain "
    "do without, and the receipt stays in the scrollback",
}


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text())
    found = (n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(n.name for n in found)


@pytest.mark.parametrize("behaviour", PROVED)
def test_each_table_stake_names_tests_that_exist(behaviour: str) -> None:
    assert PROVED[behaviour]
    for proof in PROVED[behaviour]:
        file, _, name = proof.partition("::")
        assert name in names_in(file), proof


def test_what_is_left_out_has_its_reason() -> None:
    assert all(len(reason) > 20 for reason in LEFT_OUT.values())
    assert not set(LEFT_OUT) & set(PROVED)
