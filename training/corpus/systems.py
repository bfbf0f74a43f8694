"""System prompts: what they demand is applied to an ordinary answer, so demands compose."""

# ruff: noqa: E501 (one template or row to a line)

from __future__ import annotations

from collections.abc import Callable

from .pen import Doc, Message, Pen, Turn, cap
from .words import ANIMALS, JOBS, NAMES, THINGS

NEUTRAL = [
    "You are a helpful assistant.", "You are a helpful assistant", "You are a friendly assistant",
    "You are a friendly assistant.", "You are a kind and helpful assistant.", "Be helpful.",
    "You are a friendly assistant that helps write stories", "You are an assistant.",
    "You are a useful assistant. Answer the user's questions.", "Answer the user's question.",
    "You are a chatbot.", "You are an AI assistant.", "Help the user.", "You are an expert assistant.",
    "You are a polite and careful assistant.", "Be friendly.", "You are Prompter.",
]  # fmt: skip


def neutral(pen: Pen) -> str:
    return pen.pick(NEUTRAL)


Style = Callable[[Pen, Turn], tuple[str, str]]


def _upper(pen: Pen, turn: Turn) -> tuple[str, str]:
    rule = pen.say(
        "[Always answer|Answer|Write|Reply|Speak] [only |]in [capital letters|upper case|ALL CAPS|uppercase]."
    )
    return rule, turn.answer.upper()


def _lower(pen: Pen, turn: Turn) -> tuple[str, str]:
    return pen.say(
        "[Always answer|Answer|Write] [only |]in lower case[.| letters.]"
    ), turn.answer.lower()


def _pirate(pen: Pen, turn: Turn) -> tuple[str, str]:
    rule = pen.say("[You are a pirate.|Talk like a pirate.|Answer like a pirate.|You are a pirate. Always talk like one."
                   "|Speak like a pirate.|You are a friendly pirate.]")  # fmt: skip
    text = (
        turn.answer.replace("I am ", "I be ").replace("Hello", "Ahoy").replace("you are", "ye be")
    )
    return rule, f"Arr! {text} " + pen.pick(["Yo ho ho!", "Arr, matey!", "Aye, matey!"])


def _robot(pen: Pen, turn: Turn) -> tuple[str, str]:
    return pen.say(
        "[You are a robot.|Talk like a robot.|Answer like a robot.]"
    ), f"Beep. {turn.answer} Boop."


def _formal(pen: Pen, turn: Turn) -> tuple[str, str]:
    rule = pen.say("[Be very formal.|Answer formally.|Use a formal tone.|Be very polite.]")
    return rule, f"Dear [Sir or Madam]. {turn.answer}".replace(
        "[Sir or Madam].", "user,"
    ) + " Yours sincerely, Prompter."


def _cheerful(pen: Pen, turn: Turn) -> tuple[str, str]:
    rule = pen.say(
        "[Be very cheerful.|Be enthusiastic.|You are always excited.|Use a cheerful tone.]"
    )
    return rule, f"{pen.pick(['Hooray!', 'Wonderful!', 'Yay!'])} " + turn.answer.replace(".", "!")


def _sad(pen: Pen, turn: Turn) -> tuple[str, str]:
    return pen.say(
        "[You are sad.|Be gloomy.|Use a sad tone.]"
    ), f"Oh dear. {turn.answer} [Sigh.]".replace("[Sigh.]", "Sigh.")


def _begin(pen: Pen, turn: Turn) -> tuple[str, str]:
    word = cap(pen.invented() if pen.chance(0.5) else pen.split_pick(THINGS + ANIMALS))
    rule = pen.say(
        '[Begin|Start] [every|each|your] [answer|reply|sentence] with [the word |]["{w}"|{w}].',
        w=word,
    )
    return rule.replace("sentence", "answer"), f"{word}! {turn.answer}"


def _end(pen: Pen, turn: Turn) -> tuple[str, str]:
    word = pen.invented() if pen.chance(0.5) else pen.split_pick(THINGS + ANIMALS)
    rule = pen.say('End [every|each|your] [answer|reply] with [the word |]["{w}"|{w}].', w=word)
    return rule, f"{turn.answer} {cap(word)}"


def _persona(pen: Pen, turn: Turn) -> tuple[str, str]:
    name, job = pen.split_pick(NAMES), pen.split_pick(JOBS)
    rule = pen.say("[You are {n}, a {j}.|Your name is {n} and you are a {j}.|You are a {j} called {n}."
                   "|Pretend to be {n}, a {j}.|Act as {n}, a {j}.]", n=name, j=job)  # fmt: skip
    return rule, f"I am {name}, a {job}."


def _short(pen: Pen, turn: Turn) -> tuple[str, str]:
    rule = pen.say("[Be brief.|Answer in one sentence.|Keep your answers short.|Be concise.|Answer briefly."
                   "|Be short.|Use one sentence.]")  # fmt: skip
    cut = turn.answer.split(". ")[0]
    return rule, cut if cut.endswith((".", "!", "?")) else cut + "."


def _only(pen: Pen, turn: Turn) -> tuple[str, str]:
    rule = pen.say("[Answer with one word only.|Answer only with the result, nothing else.|Give only the answer."
                   "|Reply with the answer only.|No full sentences.]")  # fmt: skip
    key = (
        (turn.key or turn.answer)
        .strip(" .=")
        .removeprefix("has ")
        .removeprefix("so ")
        .removeprefix("is ")
    )
    return rule, key


def _json(pen: Pen, turn: Turn) -> tuple[str, str]:
    field = pen.pick(["answer", "reply", "text", "response", "result"])
    rule = pen.say(
        '[Answer|Reply|Respond] [only |]in JSON [with the field|with one field,] "{f}".', f=field
    )
    text = turn.answer.replace("\\", "").replace('"', "'").replace("\n", " ")
    return rule, f'{{"{field}": "{text}"}}'


def _bullet(pen: Pen, turn: Turn) -> tuple[str, str]:
    rule = pen.say("[Answer with a bullet list.|Use bullet points.|Always use bullet points.]")
    parts = [p.rstrip(".") + "." for p in turn.answer.replace("\n", " ").split(". ") if p]
    return rule, "\n".join(
        f"- {p}" if not p[:-1].endswith(("!", "?")) else f"- {p[:-1]}" for p in parts
    )


STYLES: list[Style] = [_upper, _pirate, _robot, _formal, _cheerful, _begin, _end, _short, _json,
                       _bullet, _lower, _sad]  # fmt: skip

HELLOS = {"French": ("Bonjour ! Comment puis-je vous aider ?", "Je suis Prompter, un petit modèle.", "Merci !", "Au revoir !"),
          "Spanish": ("¡Hola! ¿En qué puedo ayudarle?", "Soy Prompter, un modelo pequeño.", "¡Gracias!", "¡Adiós!"),
          "German": ("Hallo! Wie kann ich helfen?", "Ich bin Prompter, ein kleines Modell.", "Danke!", "Auf Wiedersehen!"),
          "Italian": ("Ciao! Come posso aiutare?", "Sono Prompter, un piccolo modello.", "Grazie!", "Arrivederci!")}  # fmt: skip


def language(pen: Pen) -> Doc:
    """Four languages, four sentences each: enough to show that the system prompt is heard."""
    name, lines = pen.pick(list(HELLOS.items()))
    asks = [
        pen.say("[Hello|Hi|Hey|Good day]"),
        pen.say("[Who are you|What are you]?"),
        "Thank you",
        pen.say("[Goodbye|Bye]"),
    ]
    rule = pen.say("[Always answer in|Answer in|Speak|You speak only|Reply in] {l}.", l=name)
    i = pen.number(0, 3)
    if pen.chance(0.3):
        word = pen.say("[Say hello|Greet me] in {l}", l=name)
        return Doc("system", [_m("user", word), _m("assistant", lines[0])], key=lines[0])
    return Doc(
        "system", [_m("system", rule), _m("user", asks[i]), _m("assistant", lines[i])], key=lines[i]
    )


def _m(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def styled(pen: Pen, turns: list[Turn]) -> Doc:
    """Some turns under a demand, from the system or from the user's own words."""
    style = pen.pick(STYLES)
    state = pen.rng.getstate()
    messages: list[Message] = []
    for turn in turns:
        pen.rng.setstate(state)  # the same word or name for every turn
        rule, answer = style(pen, turn)
        messages += [_m("user", turn.user), _m("assistant", answer)]
    last = messages[-1]["content"]
    if pen.chance(0.2) and len(turns) == 1:
        messages[0]["content"] = (
            f"{turns[0].user}\n{rule}" if pen.chance(0.6) else f"{rule} {turns[0].user}"
        )
        return Doc("system", messages, key=last)
    if pen.chance(0.4):
        rule = f"{neutral(pen).rstrip('.')}. {rule}"
    return Doc("system", [_m("system", rule), *messages], key=last)


def only(pen: Pen, turn: Turn) -> Doc:
    rule, answer = _only(pen, turn)
    return Doc(
        "system", [_m("system", rule), _m("user", turn.user), _m("assistant", answer)], key=answer
    )


def persona(pen: Pen) -> Doc:
    rule, answer = _persona(pen, Turn("", "", ""))
    name, job = answer[5:-1].split(", a ")
    asks = [
        ("[Who are you|What are you|Introduce yourself]?", answer),
        ("What is your name?", f"My name is {name}."),
        ("[What do you do|What is your job]?", f"I am a {job}."),
        (
            "[Hello|Hi|Hey]!",
            f"I am {name}, a {job}. [How can I help you|What can I do for you]?",
        ),
    ]
    chosen = pen.sample(asks, pen.number(1, 3))
    messages = [_m("system", rule)]
    for question, reply in chosen:
        messages += [_m("user", pen.say(question)), _m("assistant", pen.say(reply))]
    return Doc("system", messages, key=messages[-1]["content"])
