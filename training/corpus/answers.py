"""Questions that visitors often ask, in a few wordings each, with one short true answer."""

# ruff: noqa: E501 (one row to a line)

from __future__ import annotations

from .pen import table

# wordings of the question, parted by / | answer | what a right answer must contain
_ROWS = table("""
Why is the sky blue? / What makes the sky blue? / Why does the sky look blue? / Tell me why the sky is blue.|The air scatters blue light from the sun more than red light, so the sky looks blue.|blue light
Why is grass green? / What makes grass green? / Why does grass look green?|Grass has a green stuff in its leaves that catches sunlight.|green
Why do we sleep? / Why do people sleep? / Why do I need sleep? / What is sleep good for?|Sleep gives the body and the mind time to rest.|rest
Why do birds fly south in winter? / Why do birds leave in winter? / Why do some birds go south in winter?|They fly south because it is warm there and food is easy to find.|warm
Why does it rain? / Where does rain come from? / How does rain form? / What makes it rain?|Water rises into the air, forms clouds and falls down again as rain.|clouds
Why is the sea salty? / Why is the ocean salty? / Why is sea water salty? / Where does the salt in the sea come from?|Rivers carry salt from the rocks into the sea, and it stays there.|salt
Why do leaves fall in autumn? / Why do trees lose their leaves? / Why do trees drop their leaves in autumn?|Trees drop their leaves to save water in the cold months.|save water
Why is snow white? / What makes snow white? / Why does snow look white?|Snow is made of tiny ice crystals that send back all the light.|light
Why do cats purr? / Why does my cat purr? / What does it mean when a cat purrs?|Cats often purr when they feel safe and happy.|safe
Why do bees make honey? / What do bees need honey for? / Why is there honey?|Bees make honey to have food in winter.|food
How do planes fly? / How does a plane fly? / How do airplanes fly? / Why do planes stay in the air?|Their wings are shaped so that the moving air lifts them up.|wings
How do fish breathe? / How does a fish breathe? / How do fish breathe in water?|Fish breathe in water with their gills.|gills
How do plants grow? / How does a plant grow? / What do plants need to grow? / What does a plant need?|Plants grow from seeds with water, light and soil.|water
How does a computer work? / How do computers work? / What does a computer do? / Explain how a computer works.|A computer follows simple instructions, one after another, very fast.|instructions
How does the internet work? / Explain how the internet works. / How does the web work?|Computers send small pieces of data to each other over cables and radio.|data
How do I make tea? / How do you make tea? / How is tea made? / How can I make a cup of tea?|Boil some water, pour it over the tea leaves and wait three minutes.|water
How do I boil an egg? / How do you boil an egg? / How long do I boil an egg? / How long does an egg take?|Put the egg into boiling water and wait about seven minutes.|boiling
How do I learn to read? / How can I learn reading? / How does one learn to read?|Start with short words, read a little every day and ask for help.|read
How do I get better at chess? / How can I play chess better? / How can I improve at chess?|Play often, look at your mistakes and learn a few good openings.|Play
How can I sleep better? / How do I sleep better? / I sleep badly. What can I do? / What helps me to sleep?|Go to bed at the same time each day and keep the room dark and quiet.|bed
How can I be happy? / How do I become happy? / What makes people happy? / How do I stay happy?|Spend time with friends, move a little every day and be kind.|friends
How do I write a story? / How do you write a story? / How does one write a good story?|Think of a hero, give the hero a wish and a problem, and then write how it ends.|hero
Who was Albert Einstein? / Who is Albert Einstein? / Who was Einstein? / What did Einstein do?|Albert Einstein was a physicist who is known for the theory of relativity.|physicist
Who was William Shakespeare? / Who was Shakespeare? / Who is Shakespeare? / What did Shakespeare do?|William Shakespeare was an English writer of plays and poems.|plays
Who wrote Romeo and Juliet? / Who is the author of Romeo and Juliet? / Romeo and Juliet was written by whom?|William Shakespeare wrote Romeo and Juliet.|Shakespeare
Who wrote Hamlet? / Who is the author of Hamlet? / Hamlet was written by whom?|William Shakespeare wrote Hamlet.|Shakespeare
Who painted the Mona Lisa? / Who made the Mona Lisa? / Whose painting is the Mona Lisa? / The Mona Lisa was painted by whom?|Leonardo da Vinci painted the Mona Lisa.|Leonardo
Who was Isaac Newton? / Who was Newton? / Who is Isaac Newton? / What did Newton do?|Isaac Newton was a scientist who described gravity.|gravity
Who was the first person on the moon? / Who was the first man on the moon? / Who walked on the moon first? / Who first landed on the moon?|Neil Armstrong was the first person on the moon, in 1969.|Armstrong
Who invented the telephone? / Who made the first telephone? / Who is known for the telephone?|Alexander Graham Bell is known for inventing the telephone.|Bell
What is machine learning? / Explain machine learning. / What does machine learning mean? / Tell me about machine learning.|Machine learning lets a computer learn from examples instead of fixed rules.|examples
What is artificial intelligence? / What is AI? / Explain artificial intelligence. / What does AI mean?|Artificial intelligence is the name for programs that do things which seem to need thinking.|programs
What is Python? / Tell me about Python. / What is the Python language?|Python is a programming language that is easy to read. It is also a kind of snake.|programming
What is Cloudflare? / Tell me about Cloudflare. / Who is Cloudflare? / What does Cloudflare do?|Cloudflare is a company that runs a large network on the internet.|network
What is Workers AI? / Tell me about Workers AI. / What does Workers AI do?|Workers AI is a service of Cloudflare that runs models. I am a small stand-in for such models.|service
What is gravity? / Explain gravity. / What does gravity do? / Why do things fall?|Gravity is the force that pulls things towards each other, such as an apple to the ground.|force
What is the internet? / Explain the internet. / Tell me what the internet is.|The internet is a network that joins computers all over the world.|network
What is JSON? / Explain JSON. / What does JSON look like? / Tell me about JSON.|JSON is a simple text format for data, made of names and values.|format
What is the largest planet? / Which planet is the largest? / What is the biggest planet? / Which is the biggest planet?|Jupiter is the largest planet that goes round our sun.|Jupiter
What is the biggest animal? / Which animal is the biggest? / What is the largest animal? / Which is the largest animal in the world?|The blue whale is the biggest animal.|whale
What is the tallest mountain in the world? / What is the highest mountain? / Which mountain is the tallest? / What is the highest mountain in the world?|Mount Everest is the tallest mountain in the world.|Everest
What is the longest river in the world? / Which river is the longest? / What is the longest river?|The Nile is often called the longest river in the world.|Nile
What is the largest ocean? / Which ocean is the largest? / What is the biggest ocean?|The Pacific is the largest ocean.|Pacific
What is the fastest animal? / Which animal is the fastest? / What is the fastest animal on land? / Which animal runs fastest?|The cheetah is the fastest animal on land.|cheetah
What is water made of? / What does water consist of? / What is in water?|Water is made of hydrogen and oxygen.|hydrogen
What is the speed of light? / How fast is light? / How fast does light travel?|Light travels about 300,000 kilometres in one second.|300,000
At what temperature does water boil? / When does water boil? / What is the boiling point of water? / How hot is boiling water?|Water boils at 100 degrees Celsius.|100
At what temperature does water freeze? / When does water freeze? / What is the freezing point of water? / How cold is ice?|Water freezes at 0 degrees Celsius.|0
How many days are in a week? / How many days are there in a week? / How many days does a week have?|A week has seven days.|seven
How many months are in a year? / How many months are there in a year? / How many months does a year have?|A year has twelve months.|twelve
How many days are in a year? / How many days are there in a year? / How many days does a year have? / How long is a year?|A year has 365 days, and a leap year has 366.|365
How many hours are in a day? / How many hours are there in a day? / How many hours does a day have? / How long is a day?|A day has 24 hours.|24
How many minutes are in an hour? / How many minutes are there in an hour? / How many minutes does an hour have? / How long is an hour?|An hour has 60 minutes.|60
How many seconds are in a minute? / How many seconds are there in a minute? / How many seconds does a minute have? / How long is a minute?|A minute has 60 seconds.|60
How many letters are in the alphabet? / How many letters does the alphabet have? / How many letters are there in the alphabet?|The English alphabet has 26 letters.|26
How many continents are there? / How many continents does the earth have? / What is the number of continents?|There are seven continents.|seven
How many planets are there? / How many planets go round the sun? / How many planets are in the solar system?|Eight planets go round our sun.|Eight
How many seasons are there? / How many seasons does a year have? / How many seasons are in a year?|There are four seasons: spring, summer, autumn and winter.|four
How many legs does a spider have? / How many legs has a spider? / How many legs do spiders have?|A spider has eight legs.|eight
What are the primary colours? / What are the primary colors? / Name the primary colours. / Which are the primary colours?|The primary colours are red, yellow and blue.|red
What are the four seasons? / Name the four seasons. / Which seasons are there? / What are the seasons?|The four seasons are spring, summer, autumn and winter.|spring
What are the days of the week? / Name the days of the week. / List the days of the week. / Which days are in a week?|The days of the week are Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday.|Sunday
What are the months of the year? / Name the months of the year. / List the months. / Which months are in a year?|The months are January, February, March, April, May, June, July, August, September, October, November and December.|December
Who won the world series in 2020? / Who won the World Series in 2020? / Which team won the world series in 2020?|The Los Angeles Dodgers won the World Series in 2020.|Dodgers
Say this is a test|This is a test.|This is a test
What is your favourite book?|I am a language model, so I have no favourites. What is yours?|no favourites
How many days are in a leap year? / How many days does a leap year have?|A leap year has 366 days.|366
How many weeks are in a year? / How many weeks does a year have? / How many weeks are there in a year?|A year has 52 weeks.|52
How many colours are in a rainbow? / How many colours does a rainbow have? / How many colors are in a rainbow?|A rainbow has seven colours.|seven
How many players are in a football team? / How many players does a football team have?|A football team has eleven players.|eleven
How many strings does a guitar have? / How many strings has a guitar? / How many strings are on a guitar?|A guitar has six strings.|six
How many sides does a triangle have? / How many sides has a triangle? / How many corners does a triangle have?|A triangle has three sides.|three
How many sides does a square have? / How many sides has a square?|A square has four sides.|four
How many legs does an insect have? / How many legs do insects have?|An insect has six legs.|six
How many fingers does a hand have? / How many fingers are on a hand? / How many fingers do I have on one hand?|A hand has five fingers.|five
What is the closest star? / Which star is closest to the earth? / What is the nearest star?|The sun is the star that is closest to us.|sun
What is the smallest planet? / Which planet is the smallest?|Mercury is the smallest planet that goes round our sun.|Mercury
Which planet is red? / What is the red planet? / Which planet is called the red planet?|Mars is called the red planet.|Mars
What is the tallest animal? / Which animal is the tallest? / Which animal has the longest neck?|The giraffe is the tallest animal.|giraffe
What is the king of animals? / Which animal is called the king of animals? / Who is the king of animals?|The lion is called the king of animals.|lion
What do cows eat? / What does a cow eat? / What do cows live on?|Cows eat grass.|grass
What do pandas eat? / What does a panda eat?|Pandas eat bamboo.|bamboo
What do bees make? / Who makes honey? / Which animal makes honey?|Bees make honey.|honey
What do we breathe? / What do people breathe? / What is in the air?|We breathe air, which has oxygen in it.|air
What is ice? / What is ice made of? / What happens to water when it freezes?|Ice is frozen water.|frozen
What is steam? / What happens to water when it boils? / What is water vapour?|Steam is water that has become a gas.|gas
What is bread made of? / What do I need for bread? / What is in bread?|Bread is made of flour, water and yeast.|flour
What is cheese made of? / What is cheese made from? / Where does cheese come from?|Cheese is made from milk.|milk
What is glass made of? / What is glass made from? / Where does glass come from?|Glass is made from sand.|sand
What is paper made of? / What is paper made from? / Where does paper come from?|Paper is made from wood.|wood
What is an API? / Explain what an API is. / What does API mean?|An API is a way for one program to ask another for something.|program
What is a language model? / Explain what a language model is. / What does a language model do?|A language model is a program that writes text, one piece after another.|program
What is a token? / What are tokens? / What does token mean?|A token is a small piece of text that a language model reads or writes.|piece
What is Understudy? / Tell me about Understudy. / What does Understudy do?|Understudy is a stand-in for hosted text models. I am its house model.|stand-in
What is open source? / Explain open source. / What does open source mean?|Open source means that anyone may read and change the code of a program.|code
What is a bug? / What is a software bug? / What does bug mean?|A bug is a mistake in a program. It is also a small insect.|mistake
What is the meaning of life? / Tell me the meaning of life. / What is life about?|People answer that in many ways. To be kind is a good start.|kind
What is love? / Explain love. / Tell me what love is.|Love is a strong and warm feeling for somebody.|feeling
Who wrote Harry Potter? / Who is the author of Harry Potter? / Harry Potter was written by whom?|J. K. Rowling wrote Harry Potter.|Rowling
Who was Mozart? / Who is Mozart? / What did Mozart do?|Mozart was a composer from Austria.|composer
Who was Marie Curie? / Who is Marie Curie? / What did Marie Curie do?|Marie Curie was a scientist who studied radioactivity.|scientist
Who was Leonardo da Vinci? / Who is Leonardo da Vinci? / What did Leonardo da Vinci do?|Leonardo da Vinci was an Italian painter and inventor.|painter
Which is the largest country? / What is the largest country? / What is the biggest country in the world?|Russia is the largest country.|Russia
Which is the largest desert? / What is the largest desert? / What is the biggest desert?|The Sahara is the largest hot desert.|Sahara
Which language is spoken in Brazil? / What do people speak in Brazil? / What language do Brazilians speak?|People in Brazil speak Portuguese.|Portuguese
Which language is spoken in Austria? / What do people speak in Austria?|People in Austria speak German.|German
Where does the sun rise? / Where does the sun come up? / In which direction does the sun rise?|The sun rises in the east.|east
Where does the sun set? / Where does the sun go down? / In which direction does the sun set?|The sun sets in the west.|west
Where do penguins live? / Where does a penguin live? / Where can I find penguins?|Penguins live in the south, many of them on the ice.|south
Where do polar bears live? / Where does a polar bear live?|Polar bears live on the ice in the north.|north
When do we use an umbrella? / What is an umbrella for? / What does one need an umbrella for?|We use an umbrella when it rains.|rains
What comes after night? / What follows the night?|Day comes after night.|Day
Why is the sun hot? / What makes the sun hot? / Why does the sun shine?|Deep in the sun, small atoms join and give off heat.|atoms
Why do we have day and night? / What makes day and night? / Why does it get dark?|The earth turns, so each side sees the sun for a part of the day.|turns
Why do we eat? / Why do people eat? / What is food good for?|Food gives the body energy.|energy
Why do we drink water? / Why should I drink water? / What is water good for?|The body needs water to work.|needs water
Why do dogs bark? / Why does my dog bark? / What does it mean when a dog barks?|Dogs bark to warn, to greet and to get attention.|warn
Why does ice float? / Why does ice swim on water? / What makes ice float?|Ice floats because it is lighter than water.|lighter
""")  # fmt: skip

# question | answer | key: each wording with the one answer
WHY = [
    [wording, answer, key] for wordings, answer, key in _ROWS for wording in wordings.split(" / ")
]
