"""English."""

from __future__ import annotations

from unimr_jax.data.queries.language import Language

LANGUAGE = Language(
    tag="en",
    quotes=("“", "”"),
    carriers={
        "picture": (
            "the picture of {object}", "the photo called {object}", "the image {object}",
            "the {object} picture", "the photo {object} from {time}",
            "the picture labelled {object} that I saved {time}",
            "the photo {object} taken {place}", "the image of {object} I made {place} {time}",
        ),
        "pictures": (
            "pictures of {object}", "photos named {object}", "images with the title {object}",
            "photos from {time} called {object}",
        ),
        "note": (
            "the note about {object}", "the text called {object}", "the story {object}",
            "the page titled {object}", "the note {object} from {time}",
            "the text about {object} that I wrote {place}",
        ),
        "notes": (
            "notes about {object}", "texts titled {object}", "pages on {object}",
            "notes from {time} about {object}",
        ),
    },
    frames={
        "find_picture": (
            "show me {picture}", "find {picture} for me", "I'm looking for {picture}",
            "where did I put {picture}?", "could you pull up {picture}?",
            "I need a picture of this: {object}", "can you dig out {picture}?",
            "I want to see {count} pictures of {object}", "get me {picture}",
            "search my gallery for {object}",
            "I can't find {picture}", "any chance of seeing {picture}?",
            "fetch {picture} from my albums",
            "there must be {count} pictures of {object} somewhere",
        ),
        "find_text": (
            "find {note} for me", "where is {note}?", "I'd like to read {note}",
            "look up {note}", "what was it I wrote about {topic}?", "bring up {note}",
            "do I have anything written on this: {topic}", "search my notes for {topic}",
            "give me {count} texts about {topic}", "can you track down {note}?",
            "I've misplaced {note}", "pull {note} out of my files",
            "which of my notes mention {topic}?", "read {note} back to me",
        ),
        "compare": (
            "compare {thing} with the one before it",
            "how does {thing} differ from the latest one?",
            "put {thing} next to the newest one", "is {thing} any better than the old version?",
            "tell me what sets {thing} apart from the others",
            "hold {thing} up against what {person} sent", "what has changed since {thing}?",
            "check {thing} against the last one",
            "is there any difference between {thing} and the last one?",
            "line {thing} up with the newest version",
            "I'd like a comparison of {thing} and the previous one",
            "how close is {thing} to the original?", "which is better, {thing} or the latest one?",
        ),
        "open": (
            "open {thing}", "would you open {thing}?", "put {thing} on the screen",
            "open up {thing} in a new window", "let me get into {thing}", "launch {thing}",
            "can you have {thing} open by the time I sit down?", "pop open {thing}",
            "I want {thing} open right now", "bring {thing} up in full screen",
            "double-click {thing} for me", "is it possible to open {thing} here?", "load {thing}",
        ),
        "share": (
            "send {thing} to {person}", "share {thing} with {person}",
            "could you forward {thing} to {person}?", "{person} should have {thing}",
            "pass {thing} on to {person}", "let {person} see {thing}",
            "mail {thing} to {person} {when}", "make sure that {person} gets {thing}",
            "drop {thing} in an email to {person}", "I promised {person} {thing}",
            "get {thing} over to {person}", "would you show {person} {thing}?",
            "{person} asked for {thing}",
        ),
        "delete": (
            "delete {thing}", "get rid of {thing}", "throw {thing} away",
            "I don't need {thing} any more", "please remove {thing} for good",
            "can you erase {thing}?", "move {thing} to the bin", "{thing} can go",
            "clear {thing} out", "{thing} has to go", "I never want to see {thing} again",
            "would you trash {thing}?", "take {thing} off my device",
        ),
        "count": (
            "how many {things} do I have?", "count the {things}", "tell me the number of {things}",
            "how many {things} are there in all?", "have I got more than {count} {things}?",
            "give me a count of {things}", "what's the total for {things}?",
            "are there really {count} {things}?",
            "what number of {things} have I saved?", "tally up the {things}",
            "I wonder how many {things} I've kept", "am I right that there are {count} {things}?",
            "could you check how many {things} are left?",
        ),
        "set_reminder": (
            "remind me {when} to look at {thing}", "set a reminder for {thing} {when}",
            "{when} I have to go back to {thing}, so remind me",
            "don't let me forget {thing} {when}", "ping me {when} about {thing}",
            "wake me {when}, I have to show {person} {thing}", "nudge me about {thing} {when}",
            "put {thing} on my to-do list {when}",
            "I need a reminder {when} about {thing}",
            "alert me {when} that I have to check {thing}",
            "tell me {when} that {thing} needs a look", "make a note to check {thing} {when}",
            "give me a shout {when} about {thing}",
        ),
    },
    times=(
        "yesterday", "last week", "last month", "two days ago", "last summer", "this morning",
        "last Friday", "in March", "three years ago", "at Christmas", "the day before yesterday",
    ),
    whens=(
        "tomorrow", "at seven tonight", "next Monday", "in an hour", "on Sunday morning",
        "tomorrow at noon", "in two weeks", "on 3 May", "at 8:30", "before lunch",
    ),
    places=(
        "at the office", "in Paris", "at school", "on the beach", "at the station",
        "in the kitchen",
        "at grandma's", "on the train", "in the park", "at the library", "in Lagos",
    ),
    persons=(
        "Anna", "my sister", "Mr Brown", "the team", "mum", "my boss", "Omar", "our teacher",
        "Li Wei", "the neighbours",
    ),
    counts=("two", "three", "five", "ten", "4", "6", "a dozen", "20"),
    openers=(
        "Hi!", "Hello there!", "Good morning!", "please", "hey,", "okay, so",
        "sorry to bother you,",
        "if you have a moment,", "right,", "Excuse me.", "listen,", "One more thing.",
        "Good evening!", "small favour:", "hope you don't mind,", "Me again.",
    ),
    fillers=(
        "um,", "you know,", "well,", "let me think,", "I mean,", "if it's no trouble,", "er, so,",
        "actually,", "as I said before,", "when you get a chance,",
        "how shall I put it,", "now then,",
    ),
    distractors=(
        "Not {other}.", "I already have {other}.", "I don't mean {other}.",
        "Last time I got {other} instead.", "Leave {other} alone.", "Forget about {other}.",
        "{other} is something else.", "Please don't mix it up with {other}.",
        "It has nothing to do with {other}.", "We're done with {other}.",
    ),
    closers=(
        "Thanks!", "Thank you so much!", "please", "if you can", "Take your time.", "Cheers!",
        "You're a star.", "as soon as possible", "That would be lovely.", "when you're free",
        "Many thanks!", "whenever suits you",
    ),
    chatter=(
        "My phone is nearly flat.", "It has been raining for days.", "The coffee here is awful.",
        "I've been up since five.", "The kids are shouting again.", "My bus is late once more.",
        "I lost my glasses at the station last week.", "My brother bought a green sofa.",
        "There are three cats under the tree.", "I know I ask too often.",
    ),
)  # fmt: skip
