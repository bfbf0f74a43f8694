"""Tools that people really offer: what they are called, say of themselves, take and give back.

One row is one family: names ^ description ^ parameters ^ requests ^ result ^ answer. A parameter is
``names:kind:description``; one that may be left out has ``?`` after its kind and, after another
colon, the words that give it. ``{0}`` is the first argument, ``{r0}`` the first result. A result
of ``-`` is no more than word that it was done. Of a flag the words are ``of true~of false``.
"""

# ruff: noqa: E501 (one row to a line)

from __future__ import annotations

from dataclasses import dataclass

# Offered in training text and in tests, there under names that training does not use.
_SEEN = """
get_weather|getWeather|weather|current_weather|get_current_weather|getCurrentWeather|fetch_weather|weather_in|lookup_weather|show_weather ^ [Get|Return|Look up|Fetch] the [current |]weather [for|in|of] a [given |][city|place|location] ^ location/city/place/town:city:[The [city|place|name of the city|city name|town to look up]|The city to get the weather for|City name|The location|The city and country|The city and state];unit/units:unit?:The [unit|unit of the temperature]:in {v} ^ what is the weather [like |]in {0}?|what's the weather in {0}?|what's the weather like in {0}[ today| right now| now|]?|[what's|what is] the [temperature|current weather] in {0}?|how is the weather in {0}?|is it [cold|warm|sunny|raining] in {0}?|[get|check|show me|tell me] the weather [in|for] {0} ^ temperature/temp/degrees:temp;conditions/weather/sky:sky ^ It is {r1} in {0}, with {r0} degrees.
weather_at|get_weather_at|weatherAt|weather_by_coordinates|get_point_weather|weather_here ^ [Get|Return] the weather for a latitude and longitude ^ latitude/lat:place_number:The latitude[ of the place|];longitude/lon/lng:place_number:The longitude[ of the place|] ^ what is the weather at {0}, {1}?|[get|show me] the weather at latitude {0} and longitude {1}|how is the weather at latitude {0}, longitude {1}? ^ temperature/temp/degrees:temp ^ It has {r0} degrees there.
get_forecast|getForecast|weather_forecast|forecast|forecast_days|daily_forecast ^ [Get|Return] the weather forecast for the next days ^ city/location/place:city:The [city|place];days/count:few:How many days ^ [what is|show me|get|give me] the forecast for {0} for [the next |]{1} days|what will the weather be in {0} in the next {1} days? ^ forecast/outlook:sky ^ The forecast for {0} is {r0}.
get_time|getTime|current_time|local_time|get_local_time|time_in|getCurrentTime|get_current_time|clock ^ [Get|Return] the [current|local] time [in|of] a [city|place] ^ city/location/place/timezone:city:The [city|place] ^ what time is it in {0}?|what is the time in {0}?|what's the time in {0}?|what is the current time in {0}?|tell me the time in {0}|how late is it in {0}? ^ time/local_time/now:time ^ It is {r0} in {0}.
add|add_numbers|sum|calculate_sum|addNumbers|sum_up|plus|add_two ^ [Add|Sum up] two numbers[ and return the result|] ^ a/x/first/num1/number1:wide:The first number;b/y/second/num2/number2:wide:The second number ^ what is {0} [plus|+] {1}?|what is the [result|sum] of {0} [+|and] {1}?|[calculate|add up|add|compute] {0} [+|and|plus] {1}|what's {0} [plus|+] {1}?|how much is {0} + {1}? ^ result/sum/total:number ^ The result is {r0}.
multiply|multiply_numbers|product|times|get_product|multiplyNumbers ^ Multiply two numbers ^ a/x/first/num1:wide:The first number;b/y/second/num2:wide:The second number ^ what is {0} [times|*|x] {1}?|[calculate|compute] {0} [times|*|x] {1}|multiply {0} [by|and|with] {1} ^ result/product:number ^ The result is {r0}.
search|web_search|search_web|find_articles|webSearch|google_search|search_articles|searchWeb|internet_search ^ Search the [web|internet] for [a query|something] ^ query/q/keywords/term:query:[The search query|What to search for|The query] ^ search for {0}|look up {0}|search the [web|internet] for {0}|find something about {0} ^ results/hits/found:count ^ I found {r0} results.
get_news|news|latest_news|fetch_news|getNews|news_about|headlines ^ Get the [latest |]news about a topic ^ topic/subject/about:query:The topic [of the news|] ^ what is the news about {0}?|[get|show me|give me] the [latest |]news about {0}|is there any news about {0}? ^ headline/title/top:text ^ The news says: {r0}.
send_email|sendEmail|email|write_email|mail|send_mail ^ Send an email[ to someone|] ^ to/recipient/address:email:The [email |]address;subject/title:title?:The subject:with the subject "{v}";body/message/text/content:text:The text[ of the email|] ^ send an email to {0} [saying|with the text] "{2}"|[mail|email] {0} this text: "{2}"|write an email to {0} that says "{2}" ^ - ^ The email was sent to {0}.
send_message|sendMessage|message|text_person|write_message|send_text ^ Send a [short |]message to [a person|someone] ^ to/recipient/name/contact:person:[Who gets the message|The person|The name of the person];message/text/body:text:The [text|message] ^ send a message to {0}: {1}|[write|send] "{1}" to {0}|tell {0}: {1}|send {0} the message "{1}" ^ - ^ The message was sent to {0}.
set_timer|start_timer|setTimer|timer|create_timer|startTimer ^ [Set|Start] a timer ^ minutes/duration/length:count:[Minutes|How many minutes] ^ [set|start] a timer for {0} minutes|[set|start] a {0} minute timer|remind me in {0} minutes ^ - ^ The timer is set for {0} minutes.
set_alarm|create_alarm|wake_me|setAlarm|add_alarm|alarm_at ^ Set an alarm ^ time/at/when:time:The time[ of the alarm|];day/date:day?:The day:on {v} ^ set an alarm for {0}|wake me at {0}|set the alarm to {0} ^ - ^ The alarm is set for {0}.
create_reminder|add_reminder|remind|setReminder|remind_me|new_reminder ^ [Create|Add] a reminder ^ text/what/about/message:text:What to remember;day/date/when:date:The [day|date] ^ remind me on {1}: {0}|[create|add|set] a reminder for {1} with the text "{0}" ^ - ^ I will remind you on {1}.
set_light|switch_light|setLight|light|control_light|lights ^ Switch the light in a room on or off ^ room/place/where:place:The room;state/power/value:state:On or off ^ switch {1} the light in the {0}|turn {1} the light in the {0}|turn the light in the {0} {1}|[switch|set] the {0} light {1} ^ - ^ The light in the {0} is {1}.
set_temperature|setTemperature|thermostat|heat_room|set_heating|set_thermostat ^ Set the [temperature|heating] of a room ^ room/place/where:place:The room;degrees/temperature/target:count:The [temperature|degrees] ^ set the temperature in the {0} to {1}[ degrees|]|[heat|warm] the {0} to {1} degrees|set the heating of the {0} to {1} ^ - ^ The temperature in the {0} is set to {1}.
set_volume|setVolume|volume|change_volume|sound_level ^ Set the volume of the sound ^ percent/level/volume:percent:The volume in percent ^ set the volume to {0}[ percent|]|[change|turn] the volume to {0} ^ - ^ The volume is set to {0}.
get_price|getPrice|price_of|lookup_price|product_price|find_price|priceOf ^ [Get|Look up|Find] the price of a[n item| product] ^ item/product/name/article:thing:The [item|product|name of the product];currency:currency?:The currency:in {v} ^ what is the price of the {0}?|how much is the {0}?|what does the {0} cost?|[look up|tell me|get] the price of the {0} ^ price/cost/amount:amount ^ The price of the {0} is {r0}.
get_stock_price|stock_price|getStockPrice|stock|quote|share_price|lookup_stock ^ [Get|Look up] the stock price of a company ^ symbol/ticker/stock:symbol:The [stock |]symbol ^ what is the stock price of {0}?|[get|show me] the [stock price|price of the stock] {0}|how much is one share of {0}? ^ price/value/last:amount ^ The stock {0} is at {r0}.
book_table|reserve_table|make_reservation|bookTable|table_booking|new_reservation ^ [Book|Reserve] a table[ in a restaurant|] ^ people/guests/seats/party_size:few:How many [people|guests];day/date:day:The day;time/at:time?:The time:at {v} ^ [book|reserve] a table for {0} people on {1}|[book|reserve] a table on {1} for {0} ^ - ^ The table is booked for {1}.
book_hotel|reserve_room|bookHotel|hotel_booking|find_room|get_hotel ^ Book a [room in a hotel|hotel room] ^ city/place/location:city:The city;nights/days:few:How many nights;date/from/arrival:date?:The day of arrival:from {v} ^ book a hotel [room |]in {0} for {1} nights|I need a hotel in {0} for {1} nights|book {1} nights in a hotel in {0} ^ - ^ The hotel in {0} is booked.
search_flights|find_flights|searchFlights|flights|get_flights|book_flight|flight_search ^ [Search|Find] flights between two cities ^ from/origin/departure/from_city:city:Where [the flight|it] starts;to/destination/arrival/to_city:city:Where [the flight|it] ends;date/day:date?:The day[ of the flight|]:on {v};class/cabin:class?:The class:in {v} class ^ [find|search|show me|look for] flights from {0} to {1}|[find|book|I need] a flight from {0} to {1}|I want to fly from {0} to {1} ^ flight/number/flight_no:code;price/cost:amount ^ Flight {r0} from {0} to {1} costs {r1}.
play_song|play_music|playMusic|music|play|start_song|playSong ^ Play [a song|music] ^ song/title/track:title:The [song|title of the song] ^ play {0}|play the song {0}|[start|put on] the song "{0}" ^ - ^ The song {0} is playing.
add_to_list|add_items|add_shopping_items|addToList|shopping_list|buy_later|update_list ^ [Add|Put] [something|items] on the shopping list ^ items/things/products:foods:[The items|What to buy] ^ [add|put] {0} [to|on] [my|the] [shopping |]list|I need {0} on the shopping list ^ - ^ Your shopping list now has {0}.
translate|translate_text|translateText|translation|to_language|translator ^ Translate [text|a text] into another language ^ text/content/phrase:text:The text;language/target/to/target_language:language:The language ^ translate "{0}" [into|to] {1}|how do you say "{0}" in {1}?|what is "{0}" in {1}? ^ translation/translated/result:word ^ The translation is {r0}.
get_user|find_user|lookup_user|getUser|user_by_id|load_user|fetch_user ^ [Get|Find|Look up] a user by id ^ id/user_id/userId:number:The id[ of the user|] ^ [find|look up|show me|get] the user [with id|number|with the id] {0}|who is user {0}? ^ name/user/full_name:person ^ User {0} is {r0}.
get_github_user|github_user|getGithubUser|find_github_user|profile|lookup_profile|user_profile ^ [Get|Retrieve|Show] the [profile|GitHub profile] of a username ^ username/user/login/handle:user:The username ^ who is {0} on GitHub?|[show|get] [me |]the [GitHub |]profile of {0}|find the GitHub user {0} ^ name/full_name:person;repos/followers/public_repos:count ^ {0} is {r0}.
convert_currency|convertCurrency|exchange|currency|convert_money|exchange_money ^ Convert [money|an amount] from one currency to another ^ amount/value/sum:amount:The amount;from/source/from_currency:currency:The currency to convert from;to/target/to_currency:currency:The currency to convert to ^ convert {0} {1} [to|into] {2}|how much is {0} {1} in {2}?|what are {0} {1} in {2}?|change {0} {1} to {2} ^ result/converted/total:amount ^ {0} {1} are {r0} {2}.
create_event|add_event|createEvent|calendar_event|new_event|schedule_event|schedule_meeting ^ [Create|Add] an event in the calendar ^ title/name/summary:title:The title;date/day:date:The [day|date];time/start/at:time?:The time:at {v};guests/attendees/people:persons?:Who [is invited|comes]:with {v} ^ [create|add|make] an event called "{0}" on {1}|put {0} in [my|the] calendar on {1}|schedule {0} [for|on] {1} ^ - ^ The event {0} is in the calendar for {1}.
get_events|list_events|getEvents|calendar|show_calendar|my_events|agenda ^ [List|Get|Show] the events of a day[ in the calendar|] ^ day/date/on:date:The [day|date] ^ what is in my calendar on {0}?|[show|list] my events [on|for] {0}|what do I have to do on {0}? ^ event/next/title:title ^ On {0} you have {r0}.
create_note|add_note|save_note|createNote|write_note|take_note ^ [Create|Save|Write] a note ^ text/note/content/body:text:The text[ of the note|];title/name:title?:The title:with the title "{v}" ^ [make|create|save|write] a note: {0}|note that {0}|take a note with the text "{0}" ^ - ^ The note is saved.
read_file|open_file|readFile|load_file|get_file|file_content|show_file ^ [Read|Show] [a file|the content of a file] ^ path/file/filename/name:file:The [file|name of the file|path] ^ [read|open|show me] [the file |]{0}|what is in [the file |]{0}? ^ content/text/data:text ^ The file says: {r0}.
delete_file|remove_file|deleteFile|erase_file|drop_file ^ [Delete|Remove] a file ^ path/file/filename/name:file:The [file|name of the file|path];force/permanent/really:flag?:Whether it is gone for good:for good~but not for good ^ [delete|remove|erase] [the file |]{0} ^ - ^ The file {0} is deleted.
set_value|put_value|kv_put|setValue|store_value|updateKvValue|save_value ^ [Store|Set|Put] a value under a key ^ key/name:code:The key;value/data/content:word:The value ^ [set|put] [the key |]{0} to {1}|store {1} under [the key |]{0}|[save|write] the value {1} under {0} ^ - ^ {0} is now {1}.
get_order|order_status|track_order|getOrder|orderStatus|check_order|find_order ^ [Get the status of|Track|Check] an order ^ order_id/order/number/id:code:The [number|id] of the order ^ where is [my |the ]order {0}?|what is the status of order {0}?|[track|check] [the |my ]order {0} ^ status/state:word;arrives/delivery/eta:day ^ Order {0} is {r0} and comes on {r1}.
create_ticket|open_ticket|createTicket|new_ticket|report_problem|file_bug ^ [Create|Open] a [support |]ticket ^ title/subject/problem/summary:text:[The problem|What is wrong];priority/urgency/level:priority?:The priority:with {v} priority ^ [create|open] a ticket: {0}|open a ticket that says "{0}"|report this problem: {0} ^ ticket/id/number:code ^ Ticket {r0} is open.
call_number|phone|make_call|dial|callNumber|start_call ^ [Call|Dial] a phone number ^ number/phone/phone_number:phone:The [phone |]number ^ [call|dial|phone] [the number |]{0} ^ - ^ I am calling {0}.
random_number|get_random|randomNumber|random|pick_number|random_int ^ [Get|Pick|Draw] a random number ^ min/low/from/lowest:few:The smallest number;max/high/to/highest:number:The largest number ^ [give me|pick|draw] a random number [between {0} and {1}|from {0} to {1}] ^ number/value/result:number ^ The number is {r0}.
define_word|define|get_definition|dictionary|meaning|lookup_word|word_meaning ^ [Get the meaning of|Look up|Define] a word ^ word/term:word:The word ^ what does {0} mean?|define [the word |]{0}|look up the word {0}|what is the meaning of "{0}"? ^ meaning/definition:text ^ The word {0} means: {r0}.
find_recipe|get_recipe|search_recipes|recipes|findRecipe|recipe_with|cook_with ^ [Find|Search] a recipe with [the |][ingredients|food] one has ^ ingredients/food/items:foods:The ingredients ^ [find|search] a recipe with {0}|what can I cook with {0}?|I have {0}, find me a recipe ^ recipe/title/name:title ^ You can cook {r0}.
get_distance|distance|distance_between|getDistance|how_far|calculate_distance ^ [Get|Calculate] the distance between two [cities|places] ^ from/start/origin/a:city:The [first city|start];to/end/destination/b:city:The [second city|end] ^ how far is it from {0} to {1}?|what is the distance [from {0} to {1}|between {0} and {1}]? ^ distance/km/kilometres:number ^ It is {r0} kilometres from {0} to {1}.
get_population|population|population_of|getPopulation|count_people|inhabitants ^ Get the population of a city ^ city/place/name:city:The city ^ what is the population of {0}?|how many people live in {0}?|[get|tell me] the population of {0} ^ population/people/total:number ^ {r0} people live in {0}.
get_birthday|birthday_of|getBirthday|find_birthday|birthday|lookup_birthday ^ [Get|Look up] the birthday of a person ^ name/person/who:person:The [name|person] ^ when is the birthday of {0}?|when was {0} born?|[look up|tell me] the birthday of {0} ^ birthday/date/born:date ^ The birthday of {0} is {r0}.
fetch_url|fetchUrl|get_page|download_page|http_get|open_url|read_page ^ [Fetch|Download|Get] a web page ^ url/address/link/page:url:The [url|address|address of the page] ^ [fetch|get|download|open] {0}|what does the page {0} say? ^ title/content/body:title ^ The page says: {r0}.
get_joke|joke|tell_joke|random_joke|getJoke|make_me_laugh ^ Get a [random |]joke ^ ^ tell me a joke|fetch a [random |]joke|I want to hear a joke ^ joke/text:text ^ {r0}.
list_users|all_users|listUsers|show_users|users|get_users ^ List all users ^ ^ list all users|show me the users|which users are there? ^ users/names/list:persons ^ The users are {r0}.
set_colour|paint|change_color|setColor|colour_it|paint_thing ^ [Set|Change] the colour of a thing ^ thing/object/item:thing:The thing;colour/color/new_color:colour:The [new |]colour ^ paint the {0} {1}|make the {0} {1}|change the colour of the {0} to {1} ^ - ^ The {0} is now {1}.
"""

# Families that training never shows: their words, names and parameters are met in tests alone.
_UNSEEN = """
order_taxi|call_cab|request_ride|bookRide ^ [Order|Call] a taxi ^ pickup/from/start_address:address:Where the ride begins;dropoff/to/end_address:address:Where the ride ends;passengers/riders:few?:How many passengers:for {v} passengers ^ order a taxi from {0} to {1}|I need a taxi from {0} to {1} ^ - ^ The taxi from {0} to {1} is ordered.
water_plants|waterPlants|irrigate ^ Water the plants in a [room|place] ^ place/location/area:place:Where the plants are;litres/water_amount/volume_litres:decimal:How many litres of water ^ water the plants in the {0} with {1} litres|give the plants in the {0} {1} litres of water ^ - ^ The plants in the {0} got {1} litres.
lend_book|lendBook|loan_out ^ Lend a library book to a reader ^ book/book_title:title:The title of the book;reader/borrower:person:Who borrows the book ^ lend the book "{0}" to {1}|{1} wants to borrow the book "{0}" ^ - ^ {1} has the book {0}.
transfer_money|wire_transfer|payTo ^ Transfer money to [a person|somebody] ^ amount/sum:amount:How much money;payee/receiver/beneficiary:person:Who receives the money;reference/purpose:text?:What the money is for:with the reference "{v}" ^ transfer {0} to {1}|[pay|wire] {1} the amount of {0} ^ - ^ {1} got {0}.
feed_pet|feedAnimal|give_food ^ Feed an animal ^ animal/pet:animal:The animal;grams/portion:count:How many grams of food ^ feed the {0} {1} grams|give the {0} {1} grams of food ^ - ^ The {0} got {1} grams.
next_departure|departures|nextTrain ^ Get the next train that leaves a station ^ station/stop:city:The station;destination/direction:city?:Where the train goes:to {v} ^ when does the next train leave {0}?|which train leaves {0} next? ^ departure/leaves_at:time ^ The next train leaves {0} at {r0}.
check_spelling|spellCheck|proofread ^ Check the spelling of a [sentence|text] ^ sentence/input/text_to_check:text:What is to be checked;dialect/lang:language?:The language it is in:in {v} ^ check the spelling of "{0}"|is "{0}" spelt correctly? ^ mistakes/errors:few ^ I found {r0} mistakes.
rate_film|rateMovie|leave_rating ^ Give a film some stars ^ film/movie:title:The film;stars/rating:few:How many stars ^ give the film "{0}" {1} stars|rate the film {0} with {1} stars ^ - ^ The film {0} has {1} stars from you.
"""


@dataclass(frozen=True)
class Field:
    """A parameter or a result of a family; `names` and `about` are still templates."""

    names: tuple[str, ...]
    kind: str
    about: str = ""
    optional: bool = False
    phrase: str = ""

    @classmethod
    def parse(cls, text: str) -> Field:
        """A field from its form in the table."""
        names, kind, *rest = text.split(":", 3)
        about, phrase = (*rest, "", "")[:2]
        return cls(
            tuple(names.strip().split("/")), kind.rstrip("?"), about, kind.endswith("?"), phrase
        )


@dataclass(frozen=True)
class Family:
    """A row of the table, taken apart."""

    names: tuple[str, ...]
    about: str
    params: tuple[Field, ...]
    asks: str
    results: tuple[Field, ...]
    answer: str


def _fields(text: str) -> tuple[Field, ...]:
    return tuple(Field.parse(part) for part in text.split(";") if part.strip(" -"))


def _family(row: str) -> Family:
    names, about, params, asks, results, answer = (part.strip() for part in row.split("^"))
    return Family(
        tuple(names.split("|")), about, _fields(params), f"[{asks}]", _fields(results), answer
    )


SEEN = [_family(row) for row in _SEEN.strip().splitlines()]
UNSEEN = [_family(row) for row in _UNSEEN.strip().splitlines()]
