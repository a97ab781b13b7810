# A processor's function as users of the original wrote them. It notes in a file what it was asked for.
import os
import time

from pydantic import BaseModel

from nebulous.errors import RetriableError


class Wish(BaseModel):
    n: int
    wish: str = ""


class Made(BaseModel):
    n: int
    by: int


def note(n: int) -> None:
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(f"{n}\n")


def make(wish: Wish) -> Made:
    note(wish.n)
    if wish.wish == "fail":
        raise ValueError(f"cannot make {wish.n}")
    if wish.wish == "later":
        raise RetriableError(f"not yet {wish.n}")
    if wish.wish == "brief":
        time.sleep(0.02)
    if wish.wish == "slow":
        time.sleep(600)
    return Made(n=wish.n, by=os.getpid())
