"""What people type first. Its forms are trained on, and never held out (``forms``)."""

from __future__ import annotations

PROMPTS = (
    "What is 2 + 2?", "What is 2+2?", "what is 2+2", "2+2", "2 + 2", "2+2=", "2 + 2 =",
    "What's 2+2?", "What is 17 + 26?", "How much is 2+2?", "Calculate 17 + 26",
    "Calculate 17 + 26.", "What is 7 * 8?", "What is 7 x 8?", "What is 7 times 8?",
    "What is 12 - 5?", "What is 10 / 2?", "Count from 1 to 10", "Count from 1 to 10.",
    "Count to 10", "Count to ten", "Say this is a test", "Say hello", "Repeat after me: hello",
    "Repeat after me: the blue lamp is on", "Spell cat", "Spell banana",
    "How do you spell banana?", "Sort 3, 1, 2", "Sort these numbers: 3, 1, 2",
    "Sort these words: pear, apple, fig", "Reverse this list: a, b, c",
    "Write in upper case: hello", "Write hello in upper case", "How many letters are in banana?",
    "How many r's are in strawberry?", "Is 7 even?", "Which is larger, 5 or 9?", "Hello", "Hi",
    "Hi!", "Hello!", "hello", "hi", "Hey", "Hello, world", "Hi there! How are you?",
    "How are you?", "Who are you?", "What can you do?", "Tell me a joke", "Tell me a joke.",
    "Tell me a story", "Tell me a story about a fox", "Write a haiku about rain",
    "What is the capital of France?", "Why is the sky blue?", "What is Cloudflare?",
    "List three colours", "Thanks!", "Thank you", "asdf", "test", "Test", "ping", "Hi there",
    "Good morning", "Thanks", "Bye", "Who are you", "What are you?", "What is your name?",
    "Write a haiku", "Write a poem", "Write a short story", "What is 17 plus 26?", "Count to 5",
    "What is the weather in London?", "What's the weather in London?",
    "Translate good morning into French", "What is my name?", "My name is Anna.",
)  # fmt: skip

SYSTEMS = (
    "You are a pirate.",
    "You are a helpful assistant.",
    "You are a friendly assistant",
    "You are a friendly assistant.",
)
