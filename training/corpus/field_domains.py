"""What records can be about: their fields, under which keys, and how a text tells them.

A line is ``keys ^ kind ^ sentences``. The first line of a domain names the thing itself, which
later sentences call ``{n}``; ``{v}`` is the value. Of a flag the sentences are ``true~false``. A
line that begins with ``+`` opens an object inside the record, ``-`` lines are its fields.
"""

# ruff: noqa: E501 (one row to a line)

from __future__ import annotations

from dataclasses import dataclass

_DOMAINS = """
= person/member/user/contact
name/full_name/person ^ person ^ This is {v}.|Meet {v}.|{v} is a new member.|We have met {v}.|Here is what I know about {v}.|My friend is called {v}.
age/years ^ count ^ {n} is {v} years old.|{n} turned {v} this year.|The age of {n} is {v}.
city/town/lives_in ^ city ^ {n} lives in {v}.|The home of {n} is {v}.|You find {n} in {v}.
job/profession/occupation ^ job ^ {n} works as a {v}.|{n} is a {v}.|The job of {n} is {v}.
favourite_food/food/likes ^ food ^ {n} likes {v}.|The favourite food of {n} is {v}.|{n} loves to eat {v}.
favourite_colour/color ^ colour ^ The favourite colour of {n} is {v}.|{n} likes the colour {v}.
hobby ^ hobby ^ {n} enjoys {v}.|The hobby of {n} is {v}.|In the evening {n} goes {v}.
birthday/date_of_birth/born ^ date ^ {n} was born on {v}.|The birthday of {n} is {v}.
email/mail ^ email ^ You can write to {v}.|The email of {n} is {v}.|Mail: {v}.
phone/phone_number/tel ^ phone ^ The phone number is {v}.|Call {n} at {v}.|You reach {n} under {v}.
country/origin ^ name ^ {n} comes from {v}.|{n} was born in {v}.
is_married/married ^ flag ^ {n} is married.~{n} is not married.
has_car/car ^ flag ^ {n} has a car.~{n} has no car.
languages/speaks ^ words ^ {n} speaks {v}.|The languages of {n} are {v}.
friends ^ persons ^ The friends of {n} are {v}.|{n} often meets {v}.
+ address
- street ^ address ^ The street is {v}.|{n} lives at {v}.
- city/town ^ city ^ The town is {v}.|That is in {v}.
- zip/postcode ^ zip ^ The postcode is {v}.|The zip is {v}.

= order/purchase
order_id/number/id ^ code ^ This is order {v}.|About order {v}.|The order number is {v}.|Order {v} came in.
customer/buyer/client ^ person ^ The customer is {v}.|{v} ordered it.|It was ordered by {v}.
item/product/article ^ thing ^ The item is {v}.|What was bought: {v}.|The product is {v}.
quantity/amount/count ^ count ^ The quantity is {v}.|{v} pieces were ordered.
price/total/cost ^ amount ^ It costs {v} euros.|The price is {v}.|The total is {v} dollars.
colour/color ^ colour ^ The colour is {v}.|It should be {v}.
delivery_day/day ^ day ^ Delivery is on {v}.|Please bring it on {v}.|It arrives on {v}.
street/ship_to ^ address ^ Send it to {v}.|The parcel goes to {v}.
paid/is_paid ^ flag ^ The bill is paid.~The bill is not paid.
gift/is_gift ^ flag ^ It is a gift.~It is not a gift.
status ^ status ^ The status is {v}.|The order is {v}.
note/comment ^ text ^ The note says "{v}".|The customer wrote "{v}".
+ customer/buyer
- name ^ person ^ The customer is {v}.|It was ordered by {v}.
- email ^ email ^ The mail of the customer is {v}.|Write to {v}.
- phone ^ phone ^ The phone number is {v}.

= event/meeting
title/event/name ^ title ^ The event is called {v}.|Come to {v}!|We plan {v}.|You are invited to {v}.
place/city/location ^ city ^ It is in {v}.|We meet in {v}.|The place is {v}.
day/weekday ^ day ^ It takes place on {v}.|It is on a {v}.
date ^ date ^ The date is {v}.|It is on {v}.
time/start/begins ^ time ^ It begins at {v}.|The start is at {v}.|Doors open at {v}.
guests/visitors ^ number ^ There are {v} guests.|{v} people come.
host/organizer ^ person ^ The host is {v}.|{v} invites you.
topics ^ words ^ The topics are {v}.|We talk about {v}.
speakers ^ persons ^ The speakers are {v}.|We will hear {v}.
fee/ticket_price ^ amount ^ A ticket costs {v} euros.|The fee is {v}.
outdoors/is_outdoors ^ flag ^ It is outdoors.~It is not outdoors.

= product/article
name/product/title ^ title ^ The new product is {v}.|We sell {v}.|This is {v}.|Look at {v}.
price/cost ^ decimal ^ It costs {v} euros.|The price of {n} is {v}.
brand/maker/company ^ name ^ It is made by {v}.|The brand is {v}.
colours/colors ^ colours ^ It comes in {v}.|The colours are {v}.
weight/weight_grams/grams ^ number ^ It weighs {v} grams.|The weight is {v} grams.
stock/in_stock ^ count ^ There are {v} in stock.|We have {v} left.
available/is_available ^ flag ^ {n} is available.~{n} is not available.
rating/stars ^ few ^ It has {v} stars.|The rating is {v}.
category/kind ^ word ^ The category is {v}.|It belongs to {v}.
sku/code ^ code ^ The code is {v}.|Its number is {v}.
size ^ size ^ The size is {v}.|It is {v}.
+ size/dimensions
- width ^ count ^ It is {v} wide.|The width is {v}.
- height ^ count ^ It is {v} high.|The height is {v}.
- depth ^ count ^ It is {v} deep.|The depth is {v}.

= book/film
title/name ^ title ^ I read {v}.|The title is {v}.|Do you know {v}?|{v} is out now.
author/writer/director ^ person ^ It is by {v}.|{v} wrote it.|The author is {v}.
year/published ^ year ^ It came out in {v}.|The year is {v}.
pages/page_count ^ number ^ It has {v} pages.|There are {v} pages in it.
language ^ language ^ It is in {v}.|The language is {v}.
hero/main_character ^ person ^ The hero is {v}.|It tells of {v}.
chapters ^ count ^ It has {v} chapters.|There are {v} chapters.
rating/stars ^ few ^ I give it {v} stars.|The rating is {v}.
finished/is_finished ^ flag ^ I have finished it.~I have not finished it.
characters/people ^ persons ^ The characters are {v}.|In it we meet {v}.
publisher ^ name ^ The publisher is {v}.|It was published by {v}.

= house/flat
address/street ^ address ^ The house is at {v}.|For sale: {v}.|We visited {v}.
city/town ^ city ^ It is in {v}.|The town is {v}.
rooms/room_count ^ few ^ It has {v} rooms.|There are {v} rooms.
price/rent ^ number ^ The price is {v}.|The rent is {v} euros.
floor/storey ^ few ^ It is on floor {v}.|The floor is {v}.
owner/landlord ^ person ^ The owner is {v}.|It belongs to {v}.
garden/has_garden ^ flag ^ There is a garden.~There is no garden.
wall_colour/colour ^ colour ^ The walls are {v}.|It is painted {v}.
built/year ^ year ^ It was built in {v}.|The house is from {v}.
free_from/available_from ^ date ^ It is free from {v}.|One can move in on {v}.

= pet/animal
name/pet_name ^ name ^ Our pet is {v}.|This is {v}.|Say hello to {v}.|{v} came to the vet.
species/animal/kind ^ animal ^ {n} is of the kind {v}.|The animal is a {v}.|{n} is a {v}.
age/years ^ few ^ {n} is {v} years old.|The age is {v}.
weight/kilograms ^ decimal ^ {n} weighs {v} kilograms.|The weight is {v}.
colour/fur ^ colour ^ {n} is {v}.|The fur is {v}.
owner ^ person ^ {n} belongs to {v}.|The owner is {v}.
food/eats ^ foods ^ {n} eats {v}.|The food is {v}.
vaccinated/is_vaccinated ^ flag ^ {n} is vaccinated.~{n} is not vaccinated.
chip/chip_number ^ code ^ The chip is {v}.|The number of the chip is {v}.

= trip/journey/flight
traveller/passenger/name ^ person ^ {v} goes on a trip.|The traveller is {v}.|A trip for {v}.
from/origin/start ^ city ^ It starts in {v}.|The trip begins in {v}.
to/destination/end ^ city ^ It goes to {v}.|The destination is {v}.
date/departure ^ date ^ {n} leaves on {v}.|The date is {v}.
time/departure_time ^ time ^ It leaves at {v}.|The train goes at {v}.
seat ^ code ^ The seat is {v}.|{n} has seat {v}.
price/fare ^ amount ^ The ticket costs {v}.|The fare is {v}.
class ^ class ^ The class is {v}.|{n} travels in {v} class.
stops/via ^ cities ^ The stops are {v}.|It goes through {v}.
luggage/bags ^ few ^ {n} has {v} bags.|The number of bags is {v}.
return_trip/is_return ^ flag ^ A return ticket is included.~There is no return ticket.

= company/shop
name/company ^ name ^ The company is {v}.|{v} is a firm.|We visited {v}.|About {v}.
city/headquarters/location ^ city ^ It is based in {v}.|The head office is in {v}.
employees/staff ^ number ^ It has {v} employees.|{v} people work there.
founded/year ^ year ^ It was founded in {v}.|It began in {v}.
boss/ceo/owner ^ person ^ The boss is {v}.|It is led by {v}.
website/url ^ url ^ The website is {v}.|See {v}.
products/goods ^ things ^ It makes {v}.|The products are {v}.
public/is_public ^ flag ^ It is public.~It is not public.
symbol/ticker ^ symbol ^ Its symbol is {v}.|The ticker is {v}.

= invoice/bill
invoice/invoice_number/id ^ code ^ This is invoice {v}.|Invoice {v} is here.|The number of the bill is {v}.
seller/from ^ name ^ It is from {v}.|The seller is {v}.
buyer/to ^ person ^ It is for {v}.|The buyer is {v}.
total/amount/sum ^ decimal ^ The total is {v}.|It adds up to {v}.
currency ^ currency ^ The currency is {v}.|It is to be paid in {v}.
due/due_date/deadline ^ date ^ It is due on {v}.|Please pay until {v}.
tax/tax_rate ^ percent ^ The tax is {v} percent.|The tax rate is {v}.
paid/is_paid ^ flag ^ It has been paid.~It has not been paid.
+ seller
- name/company ^ name ^ The seller is {v}.|It is from {v}.
- city ^ city ^ The seller sits in {v}.|It was sent from {v}.
- phone ^ phone ^ The phone of the seller is {v}.

= weather/report
city/place/location ^ city ^ Here is the weather for {v}.|The report is for {v}.|Good morning, {v}!
temperature/degrees/temp ^ temp ^ It has {v} degrees.|The temperature is {v}.
conditions/sky/weather ^ sky ^ It is {v}.|The day will be {v}.
wind/wind_speed ^ count ^ The wind blows at {v} knots.|The wind speed is {v}.
humidity ^ percent ^ The humidity is {v} percent.|The air has {v} percent humidity.
sunrise ^ time ^ The sun rises at {v}.|Sunrise is at {v}.
sunset ^ time ^ The sun sets at {v}.|Sunset is at {v}.
day ^ day ^ This is for {v}.|The day is {v}.
storm_warning/warning ^ flag ^ There is a storm warning.~There is no storm warning.

= recipe/dish
title/name/dish ^ title ^ Today we cook {v}.|The recipe is called {v}.|How to make {v}.
ingredients ^ foods ^ You need {v}.|The ingredients are {v}.
minutes/time_minutes/duration ^ count ^ It takes {v} minutes.|It is ready in {v} minutes.
servings/people/portions ^ few ^ It is for {v} people.|It makes {v} portions.
cook/author ^ person ^ It is by {v}.|The cook is {v}.
vegetarian/is_vegetarian ^ flag ^ It is vegetarian.~It is not vegetarian.
oven_temperature/heat ^ number ^ Heat the oven to {v} degrees.|The oven is at {v}.
calories ^ number ^ It has {v} calories.|One portion has {v} calories.

= ticket/issue/task
id/ticket/number ^ code ^ Ticket {v} is new.|This is about ticket {v}.|A new task: {v}.
title/subject/summary ^ text ^ It says "{v}".|The subject is "{v}".
priority/urgency ^ priority ^ The priority is {v}.|It has {v} priority.
status/state ^ status ^ The status is {v}.|It is {v}.
assignee/owner/assigned_to ^ person ^ It is assigned to {v}.|{v} takes care of it.
reporter/created_by ^ person ^ It was reported by {v}.|The reporter is {v}.
due/deadline ^ date ^ It is due on {v}.|The deadline is {v}.
tags/labels ^ words ^ The tags are {v}.|It is tagged {v}.
hours/estimate ^ few ^ It will take {v} hours.|The estimate is {v} hours.
blocked/is_blocked ^ flag ^ It is blocked.~It is not blocked.

= car/vehicle
plate/license/id ^ code ^ The plate is {v}.|The car {v} is here.|We looked at the car {v}.
brand/make ^ name ^ The brand is {v}.|It is a {v}.
colour/color ^ colour ^ It is {v}.|The colour is {v}.
year/built ^ year ^ It was built in {v}.|The year is {v}.
doors/door_count ^ few ^ It has {v} doors.|The number of doors is {v}.
kilometres/mileage ^ number ^ It has run {v} kilometres.|The mileage is {v}.
driver/owner ^ person ^ The driver is {v}.|It belongs to {v}.
electric/is_electric ^ flag ^ It is electric.~It is not electric.
price ^ number ^ The price is {v}.|It costs {v} euros.
speed/max_speed ^ count ^ Its top speed is {v}.|It runs at {v} at most.

= course/class
title/course/name ^ title ^ The course is {v}.|Learn with {v}.|A new course begins: {v}.
teacher/tutor ^ person ^ The teacher is {v}.|It is taught by {v}.
room ^ code ^ The room is {v}.|It is in room {v}.
day ^ day ^ It is on {v}.|The day is {v}.
time/starts ^ time ^ It starts at {v}.|The lesson is at {v}.
weeks/duration ^ few ^ It lasts {v} weeks.|The course runs for {v} weeks.
students/pupils ^ count ^ It has {v} students.|{v} people learn there.
language ^ language ^ It is held in {v}.|The language is {v}.
online/is_online ^ flag ^ It is online.~It is not online.
books/materials ^ things ^ Bring {v}.|One needs {v}.

= match/game
game/name ^ title ^ The game was {v}.|They played {v}.|News of {v}.
home/home_team ^ city ^ The home team is {v}.|The hosts are {v}.
guest/away_team ^ city ^ The guests are {v}.|The other team is {v}.
home_goals/score_home ^ few ^ The hosts made {v} goals.|The home team scored {v}.
guest_goals/score_away ^ few ^ The guests made {v} goals.|The other team scored {v}.
winner ^ city ^ The winner is {v}.|{v} won.
date ^ date ^ It was on {v}.|The date was {v}.
best_player/player ^ person ^ The best player was {v}.|{v} played best.
extra_time/overtime ^ flag ^ There was extra time.~There was no extra time.

= file/document
file/filename/path ^ file ^ The file is {v}.|I saved {v}.|Look into {v}.
size/size_kb/kilobytes ^ number ^ It has {v} kilobytes.|The size is {v}.
owner/user ^ user ^ It belongs to {v}.|The owner is {v}.
format/type ^ format ^ The format is {v}.|It is a {v}.
created/date ^ date ^ It was made on {v}.|It was created on {v}.
version ^ few ^ This is version {v}.|The version is {v}.
public/is_public ^ flag ^ Everybody may see it.~Nobody else may see it.
tags/keywords ^ words ^ The tags are {v}.|The keywords are {v}.
link/url ^ url ^ The link is {v}.|You find it at {v}.
"""


@dataclass(frozen=True)
class Row:
    """A field: its keys, its kind (empty for an object), its sentences, an object's own fields."""

    keys: tuple[str, ...]
    kind: str
    sentences: str
    inner: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Domain:
    """`names` say what one record is; `head` names it."""

    names: tuple[str, ...]
    head: Row
    rows: tuple[Row, ...]


def _row(line: str) -> Row:
    keys, kind, sentences = (part.strip() for part in line.split("^"))
    return Row(tuple(keys.split("/")), kind, sentences)


def _domain(block: str) -> Domain:
    title, head, *lines = block.strip().splitlines()
    rows: list[Row] = []
    for line in lines:
        if line.startswith("+"):
            rows.append(Row(tuple(line.removeprefix("+ ").split("/")), "", ""))
        elif line.startswith("-"):
            last = rows.pop()
            rows.append(Row(last.keys, "", "", (*last.inner, _row(line.removeprefix("- ")))))
        else:
            rows.append(_row(line))
    return Domain(tuple(title.removeprefix("= ").split("/")), _row(head), tuple(rows))


DOMAINS = [_domain(block) for block in _DOMAINS.strip().split("\n\n")]
