"""Word lists that the corpus draws from. All typed by hand for this project."""

# ruff: noqa: SIM905 (word lists read best as text)

from __future__ import annotations

NAMES = """Anna Ben Clara David Ella Finn Grace Henry Ida Jack Kate Leo Mia Noah Olive Paul Quinn
Rosa Sam Tina Uma Victor Wendy Xander Yara Zoe Alice Bob Carol Dan Emma Frank Gina Hugo Iris James
Karen Lucas Maria Nina Oscar Petra Ruth Simon Tara Ursula Vera Will Amir Bella Carlos Daisy Erik
Fatima George Hana Ivan Julia Kenji Lily Max Nora Omar Priya Ravi Sofia Tom Violet Walter Yusuf
Zara Adam Beth Chen Diego Eva Felix Greta Hassan Ines Jonas Kira Liam Maya Nils Otto Pia Rita
Sven Theo Viola Wanda Alex Brian Chloe Derek Elena Fred Holly Jane John Laura Mark Mary Peter
Rachel Robert Sarah Steve Susan Linda Michael Lisa Kevin Emily Jacob Hannah Ethan Ava Mohammed
Aisha Luca Marta Pedro Yuki Sara Ali Leila Tariq Mei Wei Anil Deepa Lars
Astrid Bruno Celia""".split()

CITIES = """London Paris Rome Berlin Madrid Oslo Vienna Dublin Lisbon Athens Prague Warsaw Cairo
Tokyo Delhi Boston Chicago Seattle Denver Dallas Austin Toronto Sydney Perth Milan Munich Geneva
Zurich Bergen Porto Seville Naples Lyon Nice Ghent Leeds York Bath Oxford Dover Quebec Lima Bogota
Havana Nairobi Accra Lagos Tunis Mumbai Seoul Hanoi Manila Osaka Kyoto Helsinki Tampere Tallinn Riga
Sofia Belgrade Zagreb Bern Antwerp Hamburg Cologne Miami Houston Phoenix Portland Barcelona Venice
Dresden Uppsala Izmir Chennai Sapporo Cordoba Calgary Halifax Atlanta Liverpool Valencia Granada
Turin Verona Salzburg Basel Lucerne Leipzig Bremen Stuttgart Frankfurt Bordeaux Toulouse Utrecht
Rotterdam Aarhus Krakow Gdansk Jaipur Nagoya Melbourne Brisbane Auckland Montevideo Quito Montreal
Vancouver Detroit Memphis Nashville Bristol Glasgow""".split()

ANIMALS = """fox dog cat rabbit mouse owl bear wolf frog duck hen goat sheep cow horse pig deer
badger otter beaver squirrel hedgehog mole crow robin swan goose turtle snail bee ant spider whale
dolphin seal penguin lion tiger elephant monkey parrot camel llama donkey pony kitten puppy lamb
butterfly crab octopus dragon unicorn giraffe zebra panda koala hamster lizard snake
eagle""".split()

THINGS = """lamp kite drum boat bell book clock key map mirror basket blanket bottle box bucket
button candle chair coat cup door feather flag flute garden gate hat hammer jar jug ladder lantern
letter needle pan pen pencil picture pillow plate pot purse ring rope scarf shell shoe spoon stone
stool stove string table tent torch towel toy train tree umbrella vase wagon wheel whistle window
bicycle robot car bus ship castle bridge tower house mountain river cloud star moon flower balloon
computer phone camera radio guitar violin piano trumpet ball doll puzzle coin rocket napkin sandal
wrench paintbrush stamp envelope shield kettle saucepan bowl tray teapot mug apron glove sock boot
badge ribbon bracelet necklace wallet suitcase backpack crate barrel cushion rug curtain chisel
screwdriver shovel crayon notebook magazine newspaper poster postcard ticket trophy medal crown
sword helmet telescope magnet""".split()

FOODS = """bread soup cake cheese apples rice pasta pancakes honey pears plums berries stew salad
pie noodles beans carrots potatoes eggs fish porridge toast jam butter tomatoes onions cherries
grapes lemons oranges peaches melon nuts chocolate biscuits waffles pizza tea coffee milk cocoa
juice lemonade mushrooms peas corn cabbage dumplings omelettes sandwiches almonds broccoli bacon
gravy blueberries currants buns tofu sausages lentils crackers muffins pretzels bananas apricots
figs walnuts radishes turnips leeks spinach cucumbers olives celery garlic mustard yoghurt pudding
risotto raspberries strawberries parsnips scones doughnuts""".split()

COLOURS = """red blue green yellow orange purple pink brown black white grey golden silver turquoise
violet crimson lilac ivory azure jade denim cherry maroon teal beige scarlet indigo magenta lavender
emerald copper""".split()

JOBS = """baker teacher farmer doctor nurse painter gardener tailor miller sailor driver cook
carpenter singer writer builder potter postman librarian clockmaker fisherman shepherd dentist
engineer pilot lawyer waiter barber plumber musician dancer scientist programmer vet roofer butcher
grocer midwife composer clown tutor biologist geologist mayor welder blacksmith locksmith florist
optician surgeon judge detective firefighter astronaut architect electrician mechanic weaver
watchmaker jeweller beekeeper translator journalist editor poet sculptor photographer actor pianist
magician cashier accountant banker secretary professor historian chemist physicist""".split()

HOBBIES = """painting reading fishing singing swimming cooking gardening running chess cycling
sewing hiking dancing drawing sailing knitting baking climbing photography astronomy pottery tennis
football skating writing juggling birdwatching camping boxing jogging bouldering rafting windsurfing
woodcarving geocaching paragliding metalworking rowing kayaking canoeing surfing diving fencing
archery judo karate bowling golf badminton volleyball basketball skiing trekking weaving embroidery
origami calligraphy yoga gymnastics stargazing""".split()

ADJECTIVES = """small big old young brave shy clever kind quiet happy sad lazy busy curious gentle
hungry tired funny tiny tall proud lonely careful cheerful patient honest merry clumsy sleepy grumpy
friendly bright warm cold quick slow strong calm nervous shiny graceful sturdy weary worried
brilliant charming daring polite noisy rich wise silly famous jolly loyal stubborn greedy thirsty
dreamy playful fearless restless nimble handsome eager modest""".split()

PLACES = """forest garden village market harbour mill meadow hill river lake beach library school
kitchen barn castle bridge tower island valley station bakery orchard cave pond farm field attic
museum park theatre workshop lighthouse mountain desert jungle city palace glade circus playground
laboratory canteen tunnel camp cellar courtyard hotel hospital office factory restaurant cinema
temple stable vineyard cottage zoo gallery greenhouse""".split()

_ON = frozenset("hill island farm mountain bridge playground".split())
_AT = frozenset("river lake beach market harbour station pond".split())


def in_place(place: str) -> str:
    """A place as where something is or happens: `in the forest`, `on the hill`, `at the beach`."""
    return f"{'on' if place in _ON else 'at' if place in _AT else 'in'} the {place}"


ROOMS = """kitchen library attic bakery workshop barn castle tower school station museum theatre
garden lighthouse mill palace laboratory canteen cellar courtyard hotel hospital office factory
restaurant cinema stable cottage gallery greenhouse""".split()

WEATHER = ["sunny", "cloudy", "rainy", "windy", "snowy", "foggy", "stormy", "mild"]

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

MONTHS = """January February March April May June July August September October November
December""".split()

# Topics a visitor may name. Answers copy them, so the list is broad rather than deep.
TOPICS = """quantum physics|the stock market|black holes|ancient Rome|the French Revolution|jazz
photosynthesis|machine learning|the immune system|opera|basketball|cricket|volcanoes|the Renaissance
blockchain|electric cars|the United Nations|philosophy|chemistry|Shakespeare|the Olympics|poetry
neural networks|climate change|astronomy|economics|psychology|the human brain|DNA|gravity|inflation
the Middle Ages|World War Two|dinosaurs|space travel|Mars|the deep sea|glaciers|earthquakes|vaccines
Python programming|JavaScript|Rust|Linux|databases|Kubernetes|Docker|cloud computing|encryption|HTTP
the periodic table|calculus|geometry|statistics|probability|algebra|topology|logic|ethics|law|taxes
football|tennis|chess openings|rugby|golf|skiing|swimming|yoga|meditation|nutrition|vitamins|sleep
the president of France|the prime minister|elections|democracy|the Roman Empire|the Silk Road
Vikings|Napoleon|Cleopatra|Einstein|Mozart|Beethoven|Picasso
the Beatles|Star Wars|Harry Potter|anime|manga
video games|Minecraft|smartphones|televisions|the internet|social media|email|spreadsheets|printers
bitcoin|banks|mortgages|insurance|credit cards|passports|visas|airports|flights|hotels|trains
sushi|tacos|curry|sourdough|wine|beer|whisky|cheese making|fermentation|chocolate|spices|barbecue
cats|dogs|horses|sharks|whales|bees|ants|spiders|snakes|birds|penguins|elephants|mammoths|bacteria
medicine|surgery|cancer|headaches|allergies|the heart|blood pressure|diabetes|exercise|running shoes
the theory of relativity|string theory|electrons|atoms|nuclear power|solar panels|batteries|magnets
the Amazon rainforest|Antarctica|the Sahara|Mount Everest|the Nile|the Pacific Ocean|Iceland|Brazil
fashion|architecture|painting|sculpture|ballet|theatre|cinema|photography|journalism|advertising
the meaning of life|happiness|love|friendship|time travel|ghosts|aliens|consciousness|dreams|luck
compilers|regular expressions|sorting algorithms|recursion|operating systems|web servers|APIs|JSON
the Ming dynasty|samurai|pyramids|Greek myths|knights|pirates|trade unions|the gold rush|railways
tides|thunder|hurricanes|rainbows|fog|soil|fungi|moss|coral reefs|orchids|cactus plants|bamboo|oaks
Latin|grammar|spelling|rhetoric|translation|dialects|sign language|Esperanto|handwriting|calligraphy
tractors|bridges|submarines|helicopters|engines|gearboxes|bicycles|satellites|telescopes|lasers"""

TOPIC_LIST = [topic for line in TOPICS.splitlines() for topic in line.split("|")]

LANGUAGES = """French German Spanish Italian Latin Dutch Danish Swedish Norwegian Finnish Polish
Czech Turkish Greek Hindi Arabic Japanese Korean Chinese Portuguese Russian Welsh Irish Swahili
Basque Somali Khmer Hebrew Bengali Thai Vietnamese Hungarian Romanian Estonian Latvian Catalan
Tamil""".split()

CURRENCIES = """EUR USD GBP JPY CHF SEK NOK DKK PLN CZK INR CNY AUD CAD BRL ZAR TRY KRW MXN SGD LKR
HUF THB HKD NZD PHP EGP KES""".split()
