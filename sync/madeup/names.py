# ruff: noqa: RUF001 - names are spelt as families spell them, dotless i and curly apostrophe included
"""Names for made-up pupils and their families: many heritages, and the spellings that break software.

The lists are common given and family names, joined at random: no pair is meant to be, or is known to be, a
real person. They are plain data, one comma-separated string a list, so that they can be read and added to.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


def _listed(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.replace("\n", " ").split(",") if name.strip())


@dataclass(frozen=True, slots=True)
class Heritage:
    """A pool of names that go together.

    `weight` is its share of families (the weights add up to 100); `eal` is the chance, 0 to 1, that a child
    of such a family has English as an additional language.
    """

    key: str
    weight: int
    eal: float
    girls: tuple[str, ...]
    boys: tuple[str, ...]
    surnames: tuple[str, ...]


_ENGLISH_GIRLS = _listed("""
Abigail, Alice, Amber, Amelia, Amy, Anna, Ava, Beatrice, Bethany, Caitlin, Charlotte, Chloe, Daisy, Darcey,
Eleanor, Elizabeth, Ella, Ellie-May, Elsie, Emily, Emma, Erin, Esme, Eva, Evelyn, Evie, Faith, Florence,
Freya, Georgia, Grace, Hannah, Harriet, Heidi, Hollie, Imogen, Iris, Isabel, Isabelle, Isla, Ivy, Jasmine,
Jessica, Katherine, Keira, Lacey, Lara, Layla, Leah, Lexi, Lillie-Mae, Lily, Lola, Lottie, Lucy, Lydia,
Maddison, Maisie, Margaret, Maria, Martha, Matilda, Megan, Mia, Millie, Molly, Nancy, Nicole, Olivia, Paige,
Penelope, Phoebe, Poppy, Rebecca, Robyn, Rosie, Ruby, Samantha, Sarah, Scarlett, Sienna, Skye, Sofia,
Sophie, Summer, Tabitha, Tegan, Thea, Tilly, Victoria, Violet, Willow, Zoë, Zara
""")
_ENGLISH_BOYS = _listed("""
Aaron, Adam, Alex, Alexander, Alfie, Archie, Arthur, Austin, Bailey, Barnaby, Ben, Benjamin, Billy, Blake,
Bobby, Brandon, Cameron, Charles, Charlie, Christopher, Connor, Daniel, David, Dexter, Dylan, Edward,
Elliot, Ethan, Felix, Finley, Frank, Frederick, Freddie, Gabriel, George, Harley, Harrison, Harry, Harvey,
Henry, Hugo, Isaac, Jack, Jackson, Jacob, Jake, James, Jamie, Jasper, Jayden, Jenson, Joe, John-Paul,
Jonathan, Joseph, Joshua, Jude, Kai, Kyle, Leo, Leon, Lewis, Liam, Logan, Louie, Louis, Luca, Lucas, Luke,
Matthew, Max, Michael, Nathan, Nathaniel, Nicholas, Noah, Oliver, Ollie, Oscar, Owen, Patrick, Peter, Ralph,
Reece, Reggie, Reuben, Riley, Robert, Ronnie, Rory, Rowan, Ryan, Samuel, Seth, Sebastian, Stanley, Stephen,
Sonny, Teddy, Theo, Thomas, Toby, Tyler, William, Zachary
""")
_ENGLISH_SURNAMES = _listed("""
Adams, Allen, Andrews, Armitage, Ashworth, Atkinson, Bailey, Baker, Barker, Barlow, Barnes, Bates, Bell,
Bennett, Berry, Birch, Booth, Bradley, Brooks, Brown, Burgess, Burton, Butler, Carr, Carter, Chambers,
Chapman, Clark, Clarke, Cole, Collins, Cook, Cooper, Cox, Crabtree, Cross, Dawson, Dean, Dixon, Dyer,
Eastwood, Edwards, Elliott, Ellis, Evans, Fairhurst, Farrell, Field, Fisher, Fletcher, Ford, Foster, Fox,
Francis, Gardner, Gibson, Goddard, Goodwin, Graham, Gray, Green, Greenwood, Griffiths, Hall, Hamer, Harding,
Harper, Harris, Harrison, Hartley, Harvey, Hawkins, Haworth, Hill, Hobbs, Hodgson, Holmes, Holt, Howard,
Hudson, Hughes, Hunt, Hunter, Ingham, Jackson, James, Jenkins, Johnson, Jones, Kay, Kemp, Kershaw, King,
Kirk, Knight, Lawson, Lee, Lewis, Lloyd, Lord, Lowe, Marsh, Marshall, Martin, Mason, Matthews, May, Mellor,
Miller, Mills, Mitchell, Moore, Morgan, Morris, Moss, Naylor, Newton, Nicholson, Norris, North, Nuttall,
Ogden, Owen, Palmer, Parker, Parkin, Parsons, Payne, Pearce, Pearson, Perry, Phillips, Pickering, Pickles,
Poole, Porter, Powell, Price, Ramsbottom, Reynolds, Rhodes, Richards, Richardson, Riley, Roberts, Robinson,
Rogers, Rose, Rowe, Russell, Sanders, Saunders, Schofield, Scott, Sharp, Shaw, Shepherd, Simpson, Slater,
Smith, Spencer, Stevens, Stone, Sutcliffe, Sutton, Taylor, Thomas, Thompson, Townsend, Tucker, Turner, Wade,
Walker, Wallace, Walsh, Ward, Waters, Watkins, Watson, Watts, Webb, Wells, West, White, Whitehead,
Wilkinson, Williams, Willis, Wilson, Wood, Woods, Wright, Yates, Young
""")

HERITAGES: tuple[Heritage, ...] = (
    Heritage("english", 60, 0.01, _ENGLISH_GIRLS, _ENGLISH_BOYS, _ENGLISH_SURNAMES),
    Heritage(
        "celtic",
        7,
        0.01,
        _listed("""
Aoife, Bronwen, Cara, Carys, Catriona, Ceri, Ciara, Eilidh, Fflur, Gráinne, Gwen, Mairi, Nia, Niamh, Non,
Orla, Róisín, Rhian, Saoirse, Seren, Siân, Sinéad, Siobhán
"""),
        _listed("""
Aidan, Aled, Alasdair, Callum, Cathal, Cian, Ciarán, Declan, Dewi, Eoin, Euan, Finlay, Fionn, Gethin,
Hamish, Iestyn, Lachlan, Macsen, Oisín, Osian, Pádraig, Rhys, Ruairí, Séan, Tomos
"""),
        _listed("""
ap Gwilym, Byrne, Campbell, Davies, Doherty, Donnelly, Fitzgerald, Gallagher, Kavanagh, MacDonald,
MacGregor, Mac Giolla Phádraig, McAllister, McCarthy, McGrath, McKenzie, McLaughlin, Murphy, Ní Chonaill,
O'Brien, O'Connor, O'Hara, O'Leary, O'Neill, O’Rourke, O'Shea, Ó Súilleabháin, Pritchard, Prosser, Pugh,
Quinn, Sinclair, St John, St. Clair, Stewart, Sweeney
"""),
    ),
    Heritage(
        "south-asian",
        13,
        0.55,
        _listed("""
Aaliyah, Aisha, Amina, Anaya, Anika, Ayesha, Deepa, Fatima, Gurpreet, Habiba, Hafsa, Iqra, Ishani, Jaspreet,
Kavya, Khadija, Laiba, Maryam, Meera, Mehak, Nimrat, Noor, Priya, Rabia, Riya, Safa, Saira, Simran, Sumaiya,
Tahira, Tanvi, Zahra, Zainab
"""),
        _listed("""
Aarav, Abdul-Rahman, Adil, Ahmed, Amir, Arjun, Arun, Bilal, Dev, Faisal, Gurdeep, Hamza, Haris, Hassan,
Ibrahim, Imran, Ismail, Jasdeep, Kabir, Karan, Krishna, Mohammed, Muhammad, Nikhil, Omar, Rahul, Rayyan,
Rohan, Sahil, Sameer, Shayan, Tariq, Umar, Usman, Vikram, Yusuf, Zayd, Zain ul-Abideen
"""),
        _listed("""
Ahmed, Akhtar, Ali, Aziz, Bashir, Begum, Bhatt, Chaudhry, Choudhury, Das, Desai, Dhillon, Fernando, Ghosh,
Gill, Gupta, Hussain, Iqbal, Islam, Joshi, Kapoor, Kaur, Khan, Khatun, Krishnan, Kumar, Mahmood, Malik,
Mehta, Miah, Mistry, Nair, Nasir, Parmar, Patel, Qureshi, Rahman, Raja, Rashid, Reddy, Sandhu, Shah, Sharma,
Sheikh, Siddiqui, Singh, Sivapalan, Subramaniam, Uddin, Vaghela, Zaman
"""),
    ),
    Heritage(
        "african-caribbean",
        8,
        0.3,
        _listed("""
Abena, Adaeze, Adwoa, Aminata, Asha, Chiamaka, Chidinma, Ebony, Efua, Fatoumata, Folasade, Hodan, Ifeoma,
Kayla, Keziah, Makeda, N'Deye, Naomi, Ngozi, Nia-Simone, Oluwaseun, Precious, Rihanna, Shanice, Temperance,
Tiana, Wanjiru, Yewande, Zuri
"""),
        _listed("""
Abdirahman, Adebayo, Ayodeji, Chidi, Chukwuemeka, D'Andre, Dajuan, Emeka, Femi, Jahmal, Jermaine, Kamau,
Kofi, Kwame, Kwesi, Malachi, Marlon, Musa, Nnamdi, Obinna, Oluwatobi, Samuel, Sekou, Tendai, Tinashe,
Tyrese, Tyrone, Zion
"""),
        _listed("""
Abdi, Adeyemi, Afolabi, Agyeman, Akintola, Asante, Bangura, Boateng, Campbell-Brown, Chikwanha, Chukwu,
Diallo, Eze, Farah, Gebremariam, Henry, Hersi, Ibekwe, Kamara, Kariuki, Mensah, Mohamud, Moyo, Ncube,
Ndlovu, N'Diaye, Nwosu, Nyambura, Obi, Ogunleye, Okafor, Okonkwo, Onyango, Osei, Owusu-Ansah, Sesay,
Warsame, Winter
"""),
    ),
    Heritage(
        "eastern-european",
        5,
        0.85,
        _listed("""
Agnieszka, Alexandra, Aleksandra, Amelija, Andreea, Bianca, Daria, Dóra, Ekaterina, Elżbieta, Gabija, Hanna,
Ioana, Ivana, Julija, Kamila, Katarína, Lena, Małgorzata, Milena, Natalia, Oksana, Oliwia, Simona, Ștefania,
Tereza, Viktória, Wiktoria, Zofia, Žaneta
"""),
        _listed("""
Adrian, Aleksander, Andrei, Bartosz, Bogdan, Dawid, Dmitri, Filip, Gábor, Ionuț, Jakub, Jiří, Kacper,
Krzysztof, Łukasz, Maksim, Marek, Mateusz, Matej, Mihai, Nikola, Oskar, Pāvels, Radu, Stanisław, Szymon,
Tomáš, Vasile, Wojciech, Zoltán
"""),
        _listed("""
Bălan, Balogh, Černý, Constantinescu, Dąbrowski, Dvořák, Georgiev, Horváth, Ionescu, Ivanov, Jankauskas,
Kaczmarek, Kowalczyk, Kovács, Kravchenko, Krūmiņš, Lewandowska-Nowak, Łukaszewicz, Marković, Mazur, Melnyk,
Müller, Nagy, Nowak, Ozoliņš, Petrov, Popescu, Rusu, Şerban, Shevchuk, Šimić, Sokołowski, Szabó, Tkachenko,
Todorova, Wójcik, Zieliński, Žukauskas
"""),
    ),
    Heritage(
        "east-asian",
        2,
        0.6,
        _listed("An, Eun-ji, Hanh, Hoa, Jia Yi, Linh, Mei, Mei-Ling, Min-seo, Sakura, Thảo, Xin Yi, Yui, Yuna"),
        _listed("Anh Tuấn, Bao, Cheuk Hin, Duc, Haruto, Hiro, Jun, Jun-ho, Kenji, Ming, Tian, Wai Lok, Wei, Zihao"),
        _listed("""
Bui, Chan, Chen, Cheung, Đặng, Ho, Huang, Kim, Lam, Le, Leung, Li, Lin, Liu, Ng, Nguyễn, O, Park, Phạm,
Sato, Suzuki, Tan, Trần, Wang, Wong, Wu, Xu, Yang, Zhang
"""),
    ),
    Heritage(
        "middle-eastern",
        3,
        0.75,
        _listed("""
Ayşe, Azadeh, Büşra, Dilan, Elif, Farida, Hiba, Jana, Leila, Lina, Mariam, Nour, Parisa, Rania, Roza,
Shirin, Yasmin, Zeynep
"""),
        _listed("""
Ali Rıza, Arash, Baran, Cem, Çağlar, Emre, Fadi, Hadi, Karim, Kerem, Mustafa, Navid, Ömer, Rami, Saman,
Şahin, Tarek, Yusuf-Ali
"""),
        _listed("""
Abdallah, Ahmadi, al-Hakim, Al Mansouri, Aslan, Aydın, Çelik, Demir, El-Sayed, Farahani, Haddad, Hosseini,
Ibrahim, Karimi, Kılıç, Mansour, Mohammadi, Öztürk, Rostami, Şahin, Saleh, Yıldız, Yousef
"""),
    ),
    Heritage(
        "western-european",
        2,
        0.65,
        _listed("""
Anaïs, Beatriz, Carlota, Chiara, Élodie, Francesca, Giulia, Inês, Lucía, Maëlle, Noémie, Paloma, Renée,
Sofía, Vitória
"""),
        _listed("""
Afonso, Diogo, Enzo, François, Giovanni, Jesús, João, José, Lorenzo, Mateo, Matteo, Rafael, Sander, Thijs,
Tiago
"""),
        _listed("""
Almeida, Bianchi, da Silva, de Souza, Dell'Acqua, dos Santos, D'Angelo, D'Souza, Esposito, Ferreira,
García Márquez, Gonçalves, Lefèvre, López, Muñoz, Núñez, Pereira, Rossi, Ruiz-Ortega, 't Hart, van den Berg,
Van der Linde, Väisänen
"""),
    ),
)

SHORT_FORMS: dict[str, str] = {
    "Abigail": "Abi",
    "Alexander": "Alex",
    "Aleksander": "Olek",
    "Aleksandra": "Ola",
    "Benjamin": "Ben",
    "Bethany": "Beth",
    "Charles": "Charlie",
    "Charlotte": "Lottie",
    "Christopher": "Kit",
    "Daniel": "Dan",
    "Edward": "Ted",
    "Eleanor": "Nell",
    "Elizabeth": "Libby",
    "Frederick": "Fred",
    "Isabelle": "Izzy",
    "Jessica": "Jess",
    "Jonathan": "Jonny",
    "Joseph": "Joe",
    "Joshua": "Josh",
    "Katherine": "Kate",
    "Małgorzata": "Gosia",
    "Matilda": "Tilly",
    "Matthew": "Matt",
    "Michael": "Mikey",
    "Muhammad": "Mo",
    "Nathaniel": "Nate",
    "Nicholas": "Nick",
    "Oluwaseun": "Seun",
    "Oluwatobi": "Tobi",
    "Rebecca": "Becca",
    "Robert": "Bobby",
    "Samantha": "Sam",
    "Samuel": "Sam",
    "Thomas": "Tom",
    "Victoria": "Vicky",
    "William": "Will",
    "Zachary": "Zac",
}

# A surname that a program takes for a missing value, a truth value or a number is a pupil lost from the
# register. `Infinity` and `E` forms are seen less; these three are the ones that MIS exports meet each year.
AWKWARD_SURNAMES: tuple[str, ...] = ("Null", "NA", "True")

# (surname, forename, sex): names that a school has entered in the family's own script.
OWN_SCRIPT_NAMES: tuple[tuple[str, str, str], ...] = (
    ("Сидоренко", "Олена", "F"),
    ("حداد", "سامي", "M"),
    ("王", "小明", "M"),
    ("ਸੰਧੂ", "ਜਸਪ੍ਰੀਤ", "F"),
    ("Παπαδάκης", "Γιώργος", "M"),
)

TITLES: dict[str, tuple[str, ...]] = {
    "F": ("Mrs", "Ms", "Miss", "Ms", "Mrs", "Dr"),
    "M": ("Mr", "Mr", "Mr", "Dr"),
}

_NOT_DECOMPOSED = str.maketrans({"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ø": "o", "ß": "ss"})


def ascii_slug(text: str) -> str:
    """The name as a mail address would have it: ASCII letters in lower case, all else left out.

    Gives "" for a name wholly in another script.
    """
    folded = unicodedata.normalize("NFKD", text.translate(_NOT_DECOMPOSED))
    return "".join(c for c in folded if c.isascii() and c.isalpha()).lower()
