"""Common things with a kind, a description and a doing: the matter of definitions and stories."""

# ruff: noqa: SIM905 (word lists read best as text)

from __future__ import annotations

from .pen import table

# noun | kind | description | what it does or is used for
_TABLE = """
fox|wild animal|has red fur and a bushy tail|hunts at night
dog|pet|is loyal and likes to play|barks and guards the house
cat|pet|has soft fur and sharp claws|purrs and catches mice
rabbit|small animal|has long ears and strong back legs|eats grass and carrots
mouse|small animal|has round ears and a long tail|nibbles cheese and grain
owl|bird|has big round eyes|hunts at night and hoots
bear|large wild animal|has thick fur|sleeps through the winter
wolf|wild animal|lives in a pack|howls at the moon
frog|small animal|has smooth green skin|jumps and catches flies
duck|bird|has a flat beak and webbed feet|swims on ponds and quacks
horse|large animal|has a mane and strong legs|runs fast and carries riders
cow|farm animal|eats grass|gives milk
sheep|farm animal|has a coat of wool|gives wool and eats grass
pig|farm animal|has a round snout|rolls in the mud
hen|farm bird|has feathers and a red comb|lays eggs
goat|farm animal|has horns and a beard|climbs rocks and gives milk
bee|insect|has stripes and wings|makes honey
ant|tiny insect|is strong for its size|works together with many others
spider|small animal|has eight legs|spins webs to catch insects
snail|small animal|carries its shell on its back|moves very slowly
fish|animal|has fins and scales|swims in water
whale|sea animal|is the largest kind of animal|swims in the ocean and sings
dolphin|sea animal|is clever and playful|jumps out of the waves
penguin|bird|is black and white and cannot fly|swims in cold water
lion|big cat|has a golden mane|roars and hunts on the plains
tiger|big cat|has orange fur with black stripes|hunts alone in the jungle
elephant|very large animal|has a long trunk and big ears|lifts things with its trunk
monkey|animal|has clever hands and a long tail|climbs trees and eats fruit
llama|animal|has thick wool and a long neck|carries loads in the mountains
camel|animal|has humps on its back|crosses the desert
turtle|animal|has a hard shell|walks slowly and swims well
parrot|bird|has bright feathers|can copy words
snake|animal|has no legs and a long body|slides over the ground
dragon|creature of stories|has wings and scales|breathes fire
unicorn|creature of stories|looks like a white horse with one horn|lives in magic forests
tree|plant|has a trunk, branches and leaves|gives shade and clean air
flower|plant|has coloured petals|feeds bees and smells sweet
apple|fruit|is round and crisp|is eaten fresh or baked in pies
banana|fruit|is long and yellow|is peeled and eaten
lemon|fruit|is yellow and sour|gives sour juice
carrot|vegetable|is long and orange|grows under the ground
potato|vegetable|grows under the ground|is boiled, baked or fried
bread|food|is made of flour, water and yeast|is baked in an oven
cheese|food|is made from milk|is eaten on bread
soup|warm dish|is made by cooking things in water|warms you on a cold day
cake|sweet food|is made of flour, sugar and eggs|is eaten at birthdays
honey|sweet food|is golden and sticky|is made by bees
tea|drink|is made from leaves and hot water|is drunk warm from a cup
coffee|drink|is dark and strong|helps people to wake up
milk|drink|is white|comes from cows
water|clear liquid|has no colour and no taste|keeps everything alive
rain|kind of weather|is water that falls from clouds|fills rivers and waters plants
snow|kind of weather|is frozen water that falls in white flakes|covers the ground in winter
wind|kind of weather|is air that moves|turns mills and fills sails
cloud|thing in the sky|is made of tiny drops of water|brings shade and rain
rainbow|band of colours in the sky|appears when the sun shines on rain|makes people smile
sun|star|is very hot and very far away|gives light and warmth
moon|ball of rock|goes round the earth|shines at night with light from the sun
star|ball of hot gas|is very far away|shines in the night sky
earth|planet|is round and mostly covered by water|goes round the sun in a year
planet|large ball of rock or gas|goes round a star|travels through space
river|stream of water|is long and wide|flows down to the sea
sea|large body of salt water|is deep and blue|moves with waves and tides
lake|body of water|has land all around it|is home to fish and ducks
mountain|very high hill|has steep sides and often snow on top|stands above the valley
forest|place|has many trees|is home to many animals
desert|place|is dry and often hot|gets almost no rain
island|piece of land|has water all around it|is reached by boat
house|building|has walls, a roof and doors|is a place to live in
castle|large old building|has thick walls and towers|kept people safe long ago
school|building|has classrooms and teachers|is a place to learn
library|place|has shelves full of books|lends books to people
bridge|structure|crosses a river or a road|lets people go from one side to the other
boat|vehicle|floats on water|carries people over water
ship|large boat|sails on the sea|carries goods and people far away
train|vehicle|runs on rails|carries people between towns
bus|large vehicle|has many seats|carries people along the road
car|vehicle|has four wheels and an engine|carries people along the road
bicycle|vehicle|has two wheels and pedals|moves when you push the pedals
plane|vehicle|has wings and engines|flies through the air
rocket|vehicle|is tall and very fast|flies into space
robot|machine|can follow instructions|does work for people
computer|machine|works with numbers and text|runs programs
program|list of instructions|is written in a programming language|tells a computer what to do
phone|machine|is small and has a screen|lets people talk over a distance
clock|machine|has hands or numbers|shows the time
lamp|thing|has a bulb|gives light in the dark
book|thing|has many pages|tells stories or teaches things
pen|tool|is filled with ink|is used to write
hammer|tool|has a heavy head|drives nails into wood
key|small tool|is made of metal|opens a lock
map|drawing|shows roads, towns and rivers|helps people to find the way
door|part of a house|can open and close|lets people in and out
window|part of a house|is made of glass|lets light into a room
chair|piece of furniture|has legs and a back|is used to sit on
table|piece of furniture|has a flat top|holds plates, books and cups
bed|piece of furniture|is soft|is used to sleep in
umbrella|thing|opens like a roof|keeps off the rain
hat|piece of clothing|is worn on the head|keeps the head warm
coat|piece of clothing|is thick and has sleeves|keeps people warm outside
shoe|piece of clothing|is worn on the foot|protects the foot
drum|instrument|is round and hollow|makes a beat when you hit it
piano|instrument|has black and white keys|makes music when the keys are pressed
guitar|instrument|has six strings|makes music when the strings are plucked
ball|toy|is round|can be thrown, kicked and caught
kite|toy|is light and has a tail|flies in the wind
teacher|person|works in a school|helps others to learn
doctor|person|works in a hospital|helps sick people
farmer|person|works on a farm|grows food and keeps animals
baker|person|gets up early|bakes bread and cakes
friend|person|knows you and likes you|helps you and laughs with you
word|group of letters|has a meaning|is used to speak and write
number|idea|can be small or large|is used to count
letter|sign|is part of the alphabet|is used to write words
poem|short piece of writing|often has rhythm and rhyme|says much in few words
story|piece of writing or telling|has a beginning, a middle and an end|tells what happened
joke|short funny text|has a surprise at its end|makes people laugh
haiku|short poem|has three lines|often speaks about nature
song|piece of music|has words and a tune|is sung
game|activity|has rules|is played for fun
week|time|has seven days|begins on Monday
month|part of the year|has about thirty days|there are twelve of them in a year
year|time|has twelve months|is how long the earth takes to go round the sun
winter|season|is cold and dark|brings snow and short days
summer|season|is warm and bright|brings long days
spring|season|is mild and green|brings flowers and young animals
autumn|season|is windy and golden|brings falling leaves and ripe fruit
server|computer|waits for requests|sends answers to other computers
token|small piece of text|may be a word or part of a word|is what a language model reads and writes
language model|computer program|has learnt from much text|writes text one piece after another
API|set of rules|is written down for programs|lets programs talk to each other
fire|hot and bright thing|gives light and smoke|burns wood and keeps people warm
ice|frozen water|is cold and hard|melts when it gets warm
gold|metal|is yellow and shiny|is used for rings and coins
iron|metal|is hard and heavy|is used for tools and bridges
"""

NOUNS: dict[str, tuple[str, str, str]] = {row[0]: (row[1], row[2], row[3]) for row in table(_TABLE)}

MASS = set(
    "bread cheese soup honey tea coffee milk water rain snow wind fire ice gold iron".split()
)
SEASONS = {"winter", "summer", "spring", "autumn"}
UNIQUE = {"sun", "moon", "earth", "sea"}


def phrase(noun: str) -> str:
    """The noun as a subject: `a fox`, `the sun`, `bread`."""
    if noun in MASS or noun in SEASONS:
        return noun
    if noun in UNIQUE:
        return f"the {noun}"
    return ("an " if noun[0] in "aeiouA" else "a ") + noun
