"""What a system prompt is made of: words that demand nothing, rules, and the chat that follows.

`neutral` writes the prompts that real clients send most, after which one answers as without them.
"""

# ruff: noqa: E501 (one template to a line)

from __future__ import annotations

from .pen import Message, Pen, cap
from .words import CITIES, DAYS, NAMES

NEUTRAL = [
    "You are a helpful assistant.", "You are a helpful assistant.", "You are a helpful assistant.",
    "You are a helpful assistant", "You are a friendly assistant", "You are a friendly assistant.",
    "You are a kind and helpful assistant.", "Be helpful.", "You are a friendly assistant that helps write stories",
    "You are an assistant.", "You are a useful assistant. Answer the user's questions.", "Answer the user's question.",
    "You are a chatbot.", "You are an AI assistant.", "Help the user.", "You are an expert assistant.",
    "You are a polite and careful assistant.", "Be friendly.", "You are Prompter.",
]  # fmt: skip
_ROLE = ("You are [a|the|our|an honest and|a very|a truly] [helpful|friendly|kind|useful|polite|careful|smart|reliable|patient|good] "
         "[assistant|chatbot|AI assistant|language model|helper|bot|AI|model|support agent]")  # fmt: skip
_TAIL = [
    ".", ".", ".", " for {c}.", " of {c}.", " on the website of {c}.", " in a chat.", " who helps people.", " that answers questions.",
    " for our customers.", " for students.", " for children.", " in an app.", " working at {c}.", " made by {c}.", " in {y}.",
]  # fmt: skip
_ASIDES = [
    "Answer the user's questions.", "Help the user as well as you can.", "Be polite.", "Be honest.", "Be kind to everyone.",
    "Answer truthfully.", "Think before you answer.", "Do your best.", "If you do not know something, say so.",
    "Never make things up.", "The user may ask anything.", "Today is {d}.", "The date is {t}.", "Your users are from {y}.",
    "Stay friendly.", "Answer what is asked.", "Do not be rude.", "You help many people every day.", "Thank you.",
    "Use plain words.", "The user's name is {n}.", "You talk to {n}.", "Follow the instructions of the user.",
]  # fmt: skip


def company(pen: Pen) -> str:
    return cap(pen.invented(2)) + pen.pick(["", "", " Ltd", " Inc", " Shop", " Bank", " Labs"])


def neutral(pen: Pen) -> str:
    """A system prompt after which one answers as without it."""
    if pen.chance(0.4):
        return pen.pick(NEUTRAL)
    parts = [_ROLE + pen.pick(_TAIL)] if pen.chance(0.85) else []
    parts += pen.sample(_ASIDES, pen.pick([0, 1, 1, 2, 3]) if parts else pen.number(1, 3))
    text = pen.pick([" ", " ", "\n", "\n\n"]).join(parts)
    return pen.say(text, c=company(pen), y=pen.split_pick(CITIES), n=pen.split_pick(NAMES), t=f"{pen.number(2020, 2030)}-{pen.number(1, 12):02}-{pen.number(1, 28):02}",
                   d=pen.pick(DAYS))  # fmt: skip


# {do} is an imperative in small letters, {Do} the same with a capital.
RULES = [
    *["{Do}."] * 8, "{Do}", "{Do}!", "Always {do}.", "Always {do}.", "You always {do}.", "You must {do}.", "You must always {do}.", "Please {do}.",
    "Remember to {do}.", "Never forget to {do}.", "From now on, {do}.", "Your task is to {do}.", "Your only rule: {do}.",
    "Whatever the user asks, {do}.", "Whatever you are asked, {do}.", "It is important that you {do}.", "You should {do}.",
    "You should always {do}.", "Rule: {do}.", "Rules:\n- {Do}.", "# Instructions\n{Do}.", "# Rules\n\n- {Do}.\n- Be polite.",
    "1. {Do}.\n2. Be kind.", "I want you to {do}.", "IMPORTANT: {do}.", "Important: {Do}!", "When you reply, {do}.", "In every reply, {do}.",
    "Each time, {do}.", "For every question, {do}.", "Make sure to {do}.", "Be sure to {do}.", "You are asked to {do}.",
    "Your instructions: {do}.", "System rule: {do}.", "Instruction: {do}.", "Style: {do}.", "Format: {do}.", "Without exception, {do}.",
    "No matter what, {do}.", "The user wants you to {do}.", "Take care to {do}.", "<rules>\n{Do}.\n</rules>", "Note: {do}.",
    "Follow this rule: {do}.", "Follow these rules:\n- {Do}.\n- Be helpful.", "{Do}, please.", "{Do} at all times.", "{Do} in this chat.", "Try to {do}.",
]  # fmt: skip


# The same for what is forbidden, where "always" and "please" would not fit.
FORBIDS = [
    *["{Do}."] * 5, "{Do}", "{Do}!", "{Do}, please.", "{Do} in this chat.", "From now on, {do}.", "Your only rule: {do}.", "Whatever the user asks, {do}.",
    "Rule: {do}.", "Rules:\n- {Do}.", "# Instructions\n{Do}.", "# Rules\n\n- {Do}.\n- Be polite.", "1. {Do}.\n2. Be kind.", "IMPORTANT: {do}.", "Important: {Do}!",
    "Your instructions: {do}.", "System rule: {do}.", "Instruction: {do}.", "Without exception, {do}.", "No matter what, {do}.", "<rules>\n{Do}.\n</rules>",
    "Note: {do}.", "Follow this rule: {do}.", "Follow these rules:\n- {Do}.\n- Be helpful.", "You may help with everything, but {do}.", "Please {do}.",
]  # fmt: skip


def stated(pen: Pen, do: str) -> str:
    """The demand as a sentence; one that is a sentence already stays as it is."""
    if do[0].isupper():
        return f"{do}."
    if do.startswith(("never ", "do not ", "nobody ")):
        return pen.say(pen.pick(FORBIDS), do=do, Do=cap(do))
    return pen.say(pen.pick(RULES), do=do, Do=cap(do))


def system_prompt(pen: Pen, rule: str) -> str:
    """The rule alone, or among other words."""
    kind = pen.rng.random()
    if kind < 0.5:
        return rule
    gap = pen.pick([" ", " ", "\n", "\n\n"])
    return (
        f"{neutral(pen)}{gap}{rule}"
        if kind < 0.85
        else f"{rule}{gap}{pen.say(pen.pick(_ASIDES[:11]))}"
    )


def message(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def conversation(system: str, turns: list[tuple[str, str]]) -> list[Message]:
    said = [message("system", system)] if system else []
    return said + [
        message(role, text)
        for turn in turns
        for role, text in zip(("user", "assistant"), turn, strict=True)
    ]
