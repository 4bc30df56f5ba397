"""Says what went wrong, where, and what to do about it."""


class NetdiagError(Exception):
    """Base of all errors a caller may catch; the message names the place and the remedy."""


class CaptureError(NetdiagError):
    """An input that cannot be read at all: its path, the byte offset and the remedy are in the message."""

    def __init__(self, path: str, offset: int, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: byte {offset}: {problem}. {remedy}")
        self.path, self.offset, self.problem, self.remedy = path, offset, problem, remedy

    def __reduce__(self) -> tuple[type["CaptureError"], tuple[str, int, str, str]]:
        """Between processes it goes as what it was made of."""
        return type(self), (self.path, self.offset, self.problem, self.remedy)


class ConfigError(NetdiagError):
    """A wrong key or value in a configuration file, the environment or an option."""
