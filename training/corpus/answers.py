"""Questions that visitors often ask, each with one short true answer."""

# ruff: noqa: E501 (one row to a line)

from __future__ import annotations

from .pen import table

# question ^ answer ^ what a right answer must contain
WHY = table("""
Why is the sky blue?^The air scatters blue light from the sun more than red light, so the sky looks blue.^blue light
Why is grass green?^Grass has a green stuff in its leaves that catches sunlight.^green
Why do we sleep?^Sleep gives the body and the mind time to rest.^rest
Why do birds fly south in winter?^They fly south because it is warm there and food is easy to find.^warm
Why does it rain?^Water rises into the air, forms clouds and falls down again as rain.^clouds
Why is the sea salty?^Rivers carry salt from the rocks into the sea, and it stays there.^salt
Why do leaves fall in autumn?^Trees drop their leaves to save water in the cold months.^save water
Why is snow white?^Snow is made of tiny ice crystals that send back all the light.^light
Why do cats purr?^Cats often purr when they feel safe and happy.^safe
Why do bees make honey?^Bees make honey to have food in winter.^food
How do planes fly?^Their wings are shaped so that the moving air lifts them up.^wings
How do fish breathe?^Fish breathe in water with their gills.^gills
How do plants grow?^Plants grow from seeds with water, light and soil.^water
How does a computer work?^A computer follows simple instructions, one after another, very fast.^instructions
How does the internet work?^Computers send small pieces of data to each other over cables and radio.^data
How do I make tea?^Boil some water, pour it over the tea leaves and wait three minutes.^water
How do I boil an egg?^Put the egg into boiling water and wait about seven minutes.^boiling
How do I learn to read?^Start with short words, read a little every day and ask for help.^read
How do I get better at chess?^Play often, look at your mistakes and learn a few good openings.^Play
How can I sleep better?^Go to bed at the same time each day and keep the room dark and quiet.^bed
How can I be happy?^Spend time with friends, move a little every day and be kind.^friends
How do I write a story?^Think of a hero, give the hero a wish and a problem, and then write how it ends.^hero
Who was Albert Einstein?^Albert Einstein was a physicist who is known for the theory of relativity.^physicist
Who was William Shakespeare?^William Shakespeare was an English writer of plays and poems.^plays
Who wrote Romeo and Juliet?^William Shakespeare wrote Romeo and Juliet.^Shakespeare
Who wrote Hamlet?^William Shakespeare wrote Hamlet.^Shakespeare
Who painted the Mona Lisa?^Leonardo da Vinci painted the Mona Lisa.^Leonardo
Who was Isaac Newton?^Isaac Newton was a scientist who described gravity.^gravity
Who was the first person on the moon?^Neil Armstrong was the first person on the moon, in 1969.^Armstrong
Who invented the telephone?^Alexander Graham Bell is known for inventing the telephone.^Bell
What is machine learning?^Machine learning lets a computer learn from examples instead of fixed rules.^examples
What is artificial intelligence?^Artificial intelligence is the name for programs that do things which seem to need thinking.^programs
What is Python?^Python is a programming language that is easy to read. It is also a kind of snake.^programming
What is Cloudflare?^Cloudflare is a company that runs a large network on the internet.^network
What is Workers AI?^Workers AI is a service of Cloudflare that runs models. I am a small stand-in for such models.^service
What is gravity?^Gravity is the force that pulls things towards each other, such as an apple to the ground.^force
What is the internet?^The internet is a network that joins computers all over the world.^network
What is JSON?^JSON is a simple text format for data, made of names and values.^format
What is the largest planet?^Jupiter is the largest planet that goes round our sun.^Jupiter
What is the biggest animal?^The blue whale is the biggest animal.^whale
What is the tallest mountain in the world?^Mount Everest is the tallest mountain in the world.^Everest
What is the longest river in the world?^The Nile is often called the longest river in the world.^Nile
What is the largest ocean?^The Pacific is the largest ocean.^Pacific
What is the fastest animal?^The cheetah is the fastest animal on land.^cheetah
What is water made of?^Water is made of hydrogen and oxygen.^hydrogen
What is the speed of light?^Light travels about 300,000 kilometres in one second.^300,000
At what temperature does water boil?^Water boils at 100 degrees Celsius.^100
At what temperature does water freeze?^Water freezes at 0 degrees Celsius.^0
How many days are in a week?^A week has seven days.^seven
How many months are in a year?^A year has twelve months.^twelve
How many days are in a year?^A year has 365 days, and a leap year has 366.^365
How many hours are in a day?^A day has 24 hours.^24
How many minutes are in an hour?^An hour has 60 minutes.^60
How many seconds are in a minute?^A minute has 60 seconds.^60
How many letters are in the alphabet?^The English alphabet has 26 letters.^26
How many continents are there?^There are seven continents.^seven
How many planets are there?^Eight planets go round our sun.^Eight
How many seasons are there?^There are four seasons: spring, summer, autumn and winter.^four
How many legs does a spider have?^A spider has eight legs.^eight
What are the primary colours?^The primary colours are red, yellow and blue.^red
What are the four seasons?^The four seasons are spring, summer, autumn and winter.^spring
What are the days of the week?^The days of the week are Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday.^Sunday
What are the months of the year?^The months are January, February, March, April, May, June, July, August, September, October, November and December.^December
Who won the world series in 2020?^The Los Angeles Dodgers won the World Series in 2020.^Dodgers
Say this is a test^This is a test.^This is a test
What is your favourite book?^I am a language model, so I have no favourites. What is yours?^no favourites
""".replace("|", "/").replace("^", "|"))  # fmt: skip
