"""Calls a command as its command line does, within this process."""

from tools import console


def call(tool, arguments) -> int:
    """Exit status of a module of tools/ for some arguments, which are turned into text."""
    return console.main(tool.build_parser, tool.command, [str(argument) for argument in arguments])


def typed(tool, *arguments) -> int:
    """As `call`, with the arguments one behind the other, as they are typed."""
    return call(tool, arguments)
