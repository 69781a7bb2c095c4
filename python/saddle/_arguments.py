"""Turns keyword arguments into the arguments of the program, which reads and checks them."""

from saddle._saddle import UsageError


def _text(name, value):
    """One value as the program reads it: a list with commas between, a dictionary as NAME=VALUE."""
    if isinstance(value, dict):
        return ",".join(f"{key}={_text(name, item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ",".join(_text(name, item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "__fspath__"):
        return value.__fspath__()
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a number of numpy's
        value = value.item()
    if not isinstance(value, (str, int, float)):
        raise UsageError(f"{name}: expected a text, a number, or several, got {type(value).__name__}")
    return str(value)


def program_arguments(command, words, options, repeated=()):
    """[command, words, --flag=value ...]: None and False leave an option out, True sets a flag.

    What is `repeated` stands once for each of its values.
    """
    # a path is no option, whatever it begins with
    arguments = [command, *(f"./{word}" if word.startswith("-") and word != "-" else word for word in words)]
    for name, value in options.items():
        flag = "--" + name.rstrip("_").replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            arguments.append(flag)
        elif name in repeated:
            values = [value] if isinstance(value, str) else value
            arguments += [f"{flag}={_text(name, item)}" for item in values]
        else:
            arguments.append(f"{flag}={_text(name, value)}")
    return arguments
