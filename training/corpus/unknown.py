"""What lies outside the model's small world: it says so, shortly and kindly."""

# ruff: noqa: E501 (one template or row to a line)

from __future__ import annotations

from .answers import WHY
from .nouns import NOUNS
from .pen import Pen, Turn, cap
from .words import ADJECTIVES, ANIMALS, CITIES, FOODS, JOBS, NAMES, PLACES, THINGS, TOPIC_LIST

QUESTIONS = [
    "What is {t}?", "What are {t}?", "Who is {p}?", "Who was {p}?", "Tell me about {t}", "Explain {t}",
    "Explain {t} in simple terms", "How does {t} work?", "Why is {t} important?", "When was {t} [invented|discovered|born]?",
    "Where can I [buy|find|see] {t}?", "What do you think about {t}?", "Can you explain {t}?", "What is the history of {t}?",
    "Give me [a summary|an overview] of {t}", "How do I learn {t}?", "What is the best book about {t}?", "Who invented {t}?",
    "What is the [price|cost|size|weight|age] of {t}?", "How [big|old|heavy|far|expensive] is {t}?", "Describe {t}",
    "Write [an essay|a paragraph|an article|a report] about {t}", "What is the difference between {t} and {u}?",
    "Compare {t} and {u}", "Is {t} better than {u}?", "What does {w} mean?", "Define {w}", "What is {a} {w}?",
    "Translate {w} into [French|German|Spanish|Latin|Japanese]", "How many {w}s are there in {c}?", "Who won the [cup|race|election|match] in {c}?",
    "What is the population of {c}?", "What is the best [hotel|restaurant|museum] in {c}?", "What happened in {y}?",
    "What is the phone number of {p}?", "How old is {p}?", "Where does {p} live?", "What did {p} say about {t}?",
    "What are the [benefits|risks|rules|types|causes] of {t}?", "Give me [three|five] facts about {t}", "Should I [learn|buy|study|try] {t}?",
    "How do I fix {t}?", "What is the [latest|newest] news about {t}?", "Teach me {t}", "I want to know about {t}",
    "Do you know anything about {t}?", "What can you tell me about {t}?", "Write [code|a program] for {t}",
    "Please help me with {t}", "Can you write [an essay|a long text] about {t}?", "What causes {t}?", "How is {t} made?",
    "In which year did {p} visit {c}?", "What is the square root of {n}?", "What is {n} times {n2}?", "Who wrote {T}?",
]  # fmt: skip

# Topics the model does know something about would teach it two answers to one question.
_KNOWN = " ".join(question.lower() for question, _, _ in WHY)
TOPICS = [t for t in TOPIC_LIST if t.lower() not in _KNOWN and t.rstrip("s") not in NOUNS]
_SINGULAR = {
    "physics",
    "Mars",
    "economics",
    "ethics",
    "Star Wars",
    "Docker",
    "Kubernetes",
    "pancreas",
}


def is_plural(topic: str) -> bool:
    last = topic.split()[-1]
    return (
        last.endswith("s")
        and not last.endswith("ss")
        and last not in _SINGULAR
        and topic not in _SINGULAR
    )


DONT = (
    "[I do not know|I am afraid I do not know|Sorry, I do not know|I am sorry, but I do not know]"
)
SMALL = "[I am a small model|I am only a small model]"
REST = [
    "{s} and [know little about {t}|have not learnt about {t}|{t} is new to me].".replace(
        "|{t} is new to me", ""
    ),
    "{s} and know only a few simple things.",
    "{s}, and I have not learnt about {t}.",
    "{s}. I can help with short stories, sums and lists.",
]


def _here_and_now(pen: Pen) -> Turn:
    """Asked without any tool for what only a tool could tell."""
    city = pen.pick(CITIES)
    if pen.chance(0.6):
        ask = "[What is|What's|How is|Tell me|What will be] the weather [like |]in {c}[?| today?|]"
        user = pen.say(pen.pick([ask, ask, "Will it rain in {c}[?| tomorrow?]"]), c=city)
        return Turn(
            user, "I do not know. I cannot see the weather from here.", "unknown", "do not know"
        )
    return Turn(pen.say("[What time is it|What is the time] in {c}?", c=city),
                "I do not know. I have no clock, so I cannot tell the time.", "unknown", "do not know")  # fmt: skip


def unknown(pen: Pen) -> Turn:
    topic = pen.pick(TOPICS) if pen.chance(0.75) else pen.pick(
        [pen.invented(), f"the {pen.pick(ADJECTIVES)} {pen.invented()}", f"{pen.pick(ADJECTIVES)} {pen.pick(THINGS)}s",
         f"the {pen.invented()} of {cap(pen.invented())}", f"the {pen.pick(JOBS)}s of {pen.pick(CITIES)}"])  # fmt: skip
    person = pen.pick(
        [
            f"{pen.split_pick(NAMES)} {cap(pen.invented())}",
            cap(pen.invented()) + " " + cap(pen.invented()),
        ]
    )
    question = pen.pick(QUESTIONS)
    city = pen.pick(CITIES)
    word = pen.invented()
    slots = {
        "t": topic, "u": pen.pick(TOPICS), "p": person, "c": city, "w": word,
        "a": "an" if word[0] in "aeiou" else "a", "y": pen.number(1200, 2030), "n": pen.number(100, 999),
        "n2": pen.number(100, 999), "T": cap(pen.invented()) + " " + cap(pen.invented()),
    }  # fmt: skip
    if is_plural(topic):
        question = question.replace("What is {t}", "What are {t}").replace("is {t}", "are {t}")
        question = question.replace("does {t}", "do {t}").replace("was {t}", "were {t}")
    else:
        question = question.replace("What are {t}", "What is {t}")
    user = pen.say(question, **slots)
    order = ["t", "p", "w", "c", "T", "y"]
    about = next((str(slots[k]) for k in order if "{" + k + "}" in question), "that")
    if pen.chance(0.08):
        return _here_and_now(pen)
    if pen.chance(0.1):  # words in no order at all: still one polite sentence
        user = " ".join(
            pen.pick([*ANIMALS, *FOODS, *PLACES, *ADJECTIVES, pen.invented()])
            for _ in range(pen.number(1, 6))
        )
        if pen.chance(0.3):
            user = "".join(pen.pick("asdfghjklqwertyuiop") for _ in range(pen.number(2, 9)))
        answer = pen.say(
            "I am not sure what you mean. [Can you say it in other words|Please ask me a short question]?"
        )
        return Turn(user, answer.replace("question?", "question."), "unknown", "not sure")
    if question.startswith(("Write", "Can you write", "Teach", "Translate")):
        answer = pen.say("[That is too hard for me|I cannot do that well]. " + SMALL + " and [know only a few simple things"
                         "|cannot write about {t}|{t} is too hard for me].".replace("|{t} is too hard for me", ""), t=about)  # fmt: skip
        return Turn(user, answer, "unknown", "small model")
    rest = pen.say(pen.pick(REST), t=about, s=pen.say(SMALL))
    head = DONT + pen.pick([" that", "", f" {'who' if '{p}' in question else 'much about'} {about}"
                            + (" is" if "{p}" in question else "")])  # fmt: skip
    return Turn(user, pen.say(head) + ". " + rest, "unknown", "do not know")
