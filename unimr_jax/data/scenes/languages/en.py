"""English."""

from __future__ import annotations

from unimr_jax.data.scenes.language import Language, Parts
from unimr_jax.data.scenes.parts import spaced
from unimr_jax.data.scenes.scene import Group

NOUNS = {
    "circle": ("circle", "circles"),
    "square": ("square", "squares"),
    "triangle": ("triangle", "triangles"),
    "star": ("star", "stars"),
    "heart": ("heart", "hearts"),
    "moon": ("moon", "moons"),
    "cross": ("cross", "crosses"),
    "flower": ("flower", "flowers"),
    "house": ("house", "houses"),
    "tree": ("tree", "trees"),
}
COLOURS = {
    "red": "red",
    "orange": "orange",
    "yellow": "yellow",
    "green": "green",
    "blue": "blue",
    "purple": "purple",
    "brown": "brown",
    "black": "black",
}
SIZES = {"small": "small", "big": "big"}
COUNTS = {1: "one", 2: "two", 3: "three", 4: "four"}


def noun_phrase(group: Group, case: str) -> Parts:
    """`case` is "one" (a single thing is counted: "one star") or "a" ("a star")."""
    first_adjective = SIZES[group.size] if group.size else COLOURS[group.colour]
    return spaced(
        (_count(group.count, case, first_adjective), "count"),
        (SIZES[group.size], "size") if group.size else None,
        (COLOURS[group.colour], "colour"),
        (NOUNS[group.shape][group.count > 1], "object"),
    )


def _count(count: int, case: str, next_word: str) -> str:
    if count > 1 or case == "one":
        return COUNTS[count]
    return "an" if next_word[0] in "aeiou" else "a"


POSITIONS = {
    "top_left": "at the top left",
    "top_right": "at the top right",
    "bottom_left": "at the bottom left",
    "bottom_right": "at the bottom right",
}
BACKGROUNDS = {
    "white": "on a white background",
    "grey": "on a grey background",
    "pink": "on a pink background",
    "turquoise": "on a turquoise background",
    "sand": "on a sand-coloured background",
}
TIMES = (
    "yesterday", "last month", "this morning", "last Friday", "two days ago", "in March",
    "over the weekend", "on Monday evening", "last summer", "a week ago", "at Christmas",
    "three years ago", "just before lunch", "the day before yesterday",
)  # fmt: skip
PLACES = (
    "at the office", "in the kitchen", "on the train", "at school", "in Paris",
    "at the library", "in the garden", "at the airport", "at my grandmother's", "on the beach",
    "in the meeting room", "at the café", "in the hotel", "at the dentist's",
)  # fmt: skip
CAPTIONS = (
    "{main.a} {main.position} and {other.a} {other.position} {background}",
    "{background}, {main.a} {main.position} and {other.a} {other.position}",
    "{main.a} {main.position}, {other.a} {other.position}, all {background}",
    "a picture {background} with {main.a} {main.position} and {other.a} {other.position}",
    "a drawing of {main.a} {main.position} and {other.a} {other.position} {background}",
    "{background}: {main.a} {main.position}, {other.a} {other.position}",
    "simple drawing {background} with {other.a} {other.position} and {main.a} {main.position}",
    "{other.a} {other.position} together with {main.a} {main.position} {background}",
)
DESCRIPTION = (
    (
        "This little drawing was made {background}",
        "The sheet is quite plain, everything stands {background}",
        "Somebody sat down one afternoon and drew a simple picture {background}",
        "What we have here is a small composition {background}",
    ),
    (
        "Looking {main.position}, one first notices {main.a}",
        "The eye is drawn to {main.a} placed {main.position}",
        "Whoever made it has put {main.one} {main.position}",
        "We can make out {main.one} {main.position}",
    ),
    (
        "Apart from that, {other.position} one can see {other.a}",
        "In another quarter, {other.position}, the artist added {other.one}",
        "As a counterpart there is room for {other.a} {other.position}",
        "The rest of the sheet would be empty, had nobody put {other.a} {other.position}",
    ),
    (
        "Nothing else is to be found in the picture",
        "All other parts of the paper have been left empty",
        "There are no people, no letters and no numbers in it",
    ),
    (
        "The outlines are clean and the surfaces were filled in evenly",
        "The lines look careful, as if they had been drawn with a steady hand",
        "Every edge is sharp, and hardly any trace of the brush remains",
    ),
    (
        "The paper is slightly rough and takes the light softly",
        "A gentle light falls on the paper, and no shadows disturb it",
        "The paper seems thin, and one corner looks a little worn",
    ),
    (
        "The mood is calm and friendly, rather like a page from a children's book",
        "On the whole the sheet feels cheerful and tidy",
        "It leaves a quiet impression, like a note written in passing",
    ),
    (
        "It would do well on a postcard or on the door of a fridge",
        "Such sheets are often used to practise naming things in a foreign language",
        "It was probably part of a longer series, of which the others are lost",
    ),
)
FRAMES = {
    "find_image": (
        "find me the picture with {main.a} {main.position} and {other.a} {other.position}",
        "I'm looking for the image that has {main.a} and {other.a} {background}",
        "show me the photo I took {time} with {main.a} {main.position} and {other.a}",
        "I need the picture {background} with {main.a} {main.position} and {other.a}",
        "where is the drawing I left {place} with {other.a} and {main.a} {main.position}?",
        "search for an image {background} where I can see {main.one} {main.position} above all, "
        "with {other.a} {other.position}",
    ),
    "find_note": (
        "find the note I wrote {time} about {main.a} {main.position} and {other.a}",
        "look up what I wrote down {place} about the sheet {background} with {main.a} "
        "and {other.a} {other.position}",
        "which of my notes describes {main.a} {main.position} next to {other.a} {other.position}?",
        "I want to read the text about {main.a} and {other.a} {background}",
        "get me the note that talks about {main.a} {main.position} and {other.a} {other.position} "
        "{background}",
    ),
    "count": (
        "how many things are there in the picture with {main.a} {main.position} and {other.a}?",
        "count everything in the drawing {background} that has {main.a} and {other.a} "
        "{other.position}",
        "tell me how many objects I drew {time} in the picture {background} with {main.a} "
        "{main.position} and {other.a} {other.position}",
        "what is the number of items in the image with {main.one} and {other.one} {background}?",
        "check whether it really shows {main.one} {main.position} and {other.one} {other.position}",
    ),
    "compare": (
        "compare {main.a} {main.position} with {other.a} {other.position}",
        "what is the difference between {main.a} and {other.a} {background}?",
        "I want to compare the picture I took {time} with {main.a} {main.position} "
        "and {other.a} {other.position} {background} with a newer one",
        "put the image {background} with {main.a} and {other.a} {other.position} side by side "
        "with my last one",
        "what makes {main.a} {main.position} different from {other.a}?",
    ),
    "open": (
        "open the picture with {main.a} {main.position} and {other.a} {other.position}",
        "open the file I saved {time} that shows {main.a} and {other.a} {background}",
        "bring up the image {background} with {main.a} {main.position} and {other.a}",
        "put the drawing {background} with {other.a} {other.position} and {main.a} "
        "{main.position} on the big screen {place}",
        "open the one I made {place} where you see {main.a} {main.position} and {other.a}",
    ),
    "share": (
        "send my sister the picture with {main.a} {main.position} and {other.a}",
        "share the image I made {time} {background} with {main.a} and {other.a} {other.position}",
        "forward the drawing of {main.a} {main.position} and {other.a} {other.position} "
        "{background} to the team",
        "post the sheet I left {place} that has {main.a} and {other.a} {background}",
        "e-mail Tom the picture that shows {main.a} {main.position} and {other.a} {other.position}",
    ),
    "delete": (
        "delete the picture with {main.a} {main.position} and {other.a} {other.position}",
        "throw away the image I got {time} with {main.a} and {other.a} {other.position}",
        "get rid of the drawing {background} that has {main.a} {main.position} and {other.a}",
        "remove the one I made {place} with {other.a} {other.position} and {main.a} "
        "{main.position} {background}",
        "erase the sheet with {main.a} and {other.a} {background} for good",
    ),
    "remind": (
        "remind me to print the picture with {main.a} {main.position} and {other.a}",
        "don't let me forget the drawing I made {time} {background} with {main.a} and {other.a} "
        "{other.position}",
        "set a reminder for the image {background} with {main.a} {main.position} and {other.a} "
        "{other.position}",
        "remind me of the sheet I left {place} with {main.a} {main.position} and {other.a} "
        "{other.position}",
        "ping me about the picture with {other.a} and {main.a} {background}",
    ),
}
DISTRACTORS = (
    "but not the one with {distractor.a}",
    "definitely not {distractor.a}",
    "I don't mean the one with {distractor.a}.",
    "Forget about {distractor.a}.",
    "because last time you gave me {distractor.a}",
    "unlike the one with {distractor.one} that I have already seen",
    "and please leave out {distractor.a}",
)
OPENERS = (
    "Hello!", "Hi there!", "Good morning!", "hey,", "okay so,", "please", "sorry, but",
    "if you have a second,", "would you be so kind:", "right, next thing:", "um, well,",
    "I hope you can help me:",
)  # fmt: skip
CHATTER = (
    "my neighbour's red car broke down again",
    "it has been raining here for four days",
    "I have been up since five this morning",
    "my daughter painted two yellow suns on the wall yesterday",
    "we are moving into a small white house next month",
    "my boss keeps asking me about it",
    "three black cats sit under our tree",
    "I lost my glasses at the station last week",
    "the coffee here is terrible",
    "I bought a big green sofa on Saturday",
    "my phone is nearly dead",
    "a friend in Rome gave me four orange flowers",
    "the blue moon on the café's sign always makes me smile",
    "I'm getting tired",
    "my brother cut out a big purple heart for his wife",
    "the meeting at the top starts in two minutes",
    "we drove past a small green cross this morning",
    "I know I ask too often",
    "the kids are shouting again",
    "somebody drew one yellow star and a circle on my desk",
)
CLOSERS = (
    "Thanks a lot!", "thank you", "please", "if that's possible", "Take your time.",
    "as soon as you can", "You're a lifesaver.", "when you have a moment", "Cheers!",
    "I'd really appreciate it",
)  # fmt: skip

LANGUAGE = Language(
    tag="en",
    noun_phrase=noun_phrase,
    positions=POSITIONS,
    backgrounds=BACKGROUNDS,
    times=TIMES,
    places=PLACES,
    captions=CAPTIONS,
    description=DESCRIPTION,
    frames=FRAMES,
    distractors=DISTRACTORS,
    openers=OPENERS,
    chatter=CHATTER,
    closers=CLOSERS,
)
