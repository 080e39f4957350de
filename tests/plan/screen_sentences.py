"""What teachers might write, made up: sentences that a person must see, and sentences that are harmless."""

from __future__ import annotations

HARMFUL = """
She has been cutting herself on the arms.
I noticed cuts on her wrist when she rolled up her sleeve.
He told me he wants to die.
She said everyone would be better off without her.
He talks about suicide a lot.
She wrote that she is feeling suicdal.
He said he was going to kill himself at the weekend.
She took too many tablets on Sunday.
She makes herself sick after lunch.
He says he doesn't want to live any more.
There is no point in living, he wrote.
She tried to hang herself.
He hurts himself when he is at home.
She has scars on her legs.
He took the blade out of his sharpener.
His dad hits him.
Dad hit him last night with a belt.
Mum slapped her this morning.
Her stepdad has beaten her brother.
She was hit by her uncle.
He came in with a bruise on his cheek.
He has a black eye and would not say why.
She has finger marks on her neck.
He says he gets hit at home.
She is scared to go home.
He is frightened of his father.
She does not want to go home.
She flinches when I raise my hand near her.
He says mum's boyfriend grabbed him by the throat.
She said she is being abused.
He was locked in his bedroom all weekend.
She does not feel safe at home.
A man touched her private parts.
Her cousin touched her inappropriately.
He was sent nudes by an older boy.
She has been raped.
A boy asked her for pictures of herself.
She met someone online and is going to meet him.
He has been watching porn on his phone.
She has an older boyfriend who buys her things.
She might be pregnant.
I am worried that she is being groomed.
He showed sexualised behaviour towards a girl.
Her dad hits her mum.
There is domestic violence in the family.
The police came to their house last night.
They are living in a refuge.
Dad is violent when he drinks.
He says there is no food in the house.
She is always hungry and steals food.
He comes in the same clothes every day for weeks.
He smells of urine.
They were left alone all weekend.
She was on her own all night.
They are homeless and sleep in the car.
Mum says she hates him.
He was kicked out of the house on Friday.
He asked me not to tell anyone.
She said it was a secret and I must not tell her mum.
He made a disclosure to me today.
This is a safeguarding matter.
He carries a knife.
He said he had a knife in his bag.
She threatened to stab another girl.
He said he would kill his teacher.
He is in a gang.
He has been selling weed for older lads.
She smells of cannabis most mornings.
He has two phones and lots of cash.
She went missing on Saturday.
She ran away from home.
Mum was drunk when she collected him.
They are taking her abroad to get married.
She is going to a cutting ceremony in the summer.
He talks about jihad and violence.
He posts extremist videos.
s3lf h4rm again this week
She mentioned s.u.i.c.i.d.e to a friend
He wants to k i l l himself
SELF-HARM marks, both arms
Thinks about ending it all
No sign of self harm this week.
"""

BENIGN = """
He hits the keyboard hard.
She kills time by sharpening pencils.
He struggles to cut with scissors.
He cannot cut along a line.
She finds it hard to sit still on the carpet.
He hits other children when he is frustrated.
She kicks the chair of the pupil in front.
He is easily distracted and shouts out.
She has difficulty reading aloud.
He cannot copy from the board.
She reverses b and d and misses out words.
Handwriting is slow and hurts his hand.
He gets upset when the routine changes.
She covers her ears in assembly.
He flinches at loud noises and hates the hand dryer.
She runs away from the classroom when overwhelmed.
He hides under the table.
He struggles to make friends and plays alone at break.
She beats herself up about every mistake.
He is beaten by any sum with two steps.
The noise in the hall is killing his concentration.
It would kill two birds with one stone to seat him at the front.
I have tried seating him near me and a word bank.
We tried a coloured overlay with no effect.
Mum says he finds homework a battle.
Mum is happy for us to try this.
His parents have not been told yet.
Dad says he was the same at school.
Parents asked about a dyslexia test.
Dad has dyslexia too.
Mum hit the roof about his report.
His mum works late so homework club would help.
He has had a stab at the extension question.
She had a stabbing pain in her finger from writing.
He cannot use a knife and fork at lunch.
She needs help with a craft knife in DT.
He is not safe with the bunsen burner.
He fell over and hurt himself in PE.
He cut himself short in the middle of the talk.
She has low self esteem.
He says he is stupid and gives up.
She says she hates maths.
She hates reading aloud.
He does not want to be here when it is writing.
He refuses to come into the lesson.
She does not want to go to assembly.
He is verbally abusive to staff when asked to work.
He uses abusive language to peers.
He takes tablets for ADHD.
She has epilepsy and takes medication at noon.
He is diagnosed with foetal alcohol spectrum disorder.
We had a drugs education lesson and he could not follow it.
He has drunk his water before the lesson starts.
She works with a small gang of friends.
He jumps off his chair all the time.
He jumped out of his skin at the fire bell.
She bites her nails and chews her sleeves.
He bites his pencil.
She scratches at her eczema.
He picks at his skin when anxious.
She rocks and hums when anxious.
He has poor personal hygiene grooming skills.
She wants to study dog grooming at college.
She is tied up in knots by long instructions.
He needs his shoes tied up for him.
He dies a little when asked to read.
I am dying to see him succeed.
She was mortified when asked to read.
His marks in tests are falling.
There is a marked gap between his talk and his writing.
He marks his own work harshly.
He loses his place on the page.
His planner went missing again.
He goes missing words out when he reads.
She often loses equipment.
She is hungry for praise.
He eats only plain food.
She is a fussy eater and eats nothing green.
She never eats in the canteen because of the noise.
He is tired in the mornings.
He falls asleep in period one.
She is often late.
He smells the pages before he reads.
Smells in food technology upset her.
He is sensitive to touch and hates labels in clothes.
He touches everything on the desk.
She touches other pupils' things.
He needs to touch the wall when he walks.
She undoes her buttons slowly and needs help changing for PE.
He cannot tie his laces.
He has no sense of danger on the stairs.
He has few friends and is lonely.
She talks about her cat all day.
He is obsessed with trains.
He only wants to talk about guns in games.
He likes to talk about the second world war.
He draws battles and explosions.
She shoots her hand up and then forgets the answer.
He is shooting up and is clumsy.
He is a bomb of energy.
He has trouble keeping secrets in games.
She cannot tell the time.
He could not tell me what he had read.
She did not tell her parents about the test.
He told me he finds writing hard.
She keeps asking to go to the toilet.
He locks up when asked a question.
He is locked in his own world.
He is in danger of falling behind.
Her attainment is at risk.
She is at risk of not reaching her target.
He threatens to leave the room.
She threw her book across the room.
He was sent home with a temperature.
He is afraid of going on the stage.
She is scared of getting it wrong.
He is frightened of dogs.
He is worried about the mock exam.
She is anxious about the trip.
He lives with his grandparents.
His social worker attends his reviews.
She speaks Polish at home.
At home he reads with his sister.
What happens at break upsets him for the lesson.
She abandoned her plan.
He neglects to write the date.
He exploits every chance to chat.
He needs exact instructions.
He raped up, I mean wrapped up, his model.
He has a pencil grip that is too tight.
His grip is strangled and the line is faint.
He chokes on food and needs a soft diet.
He has his own way of holding a ruler.
He overdoes the colouring.
She performs well orally.
She punches above her weight in oral work.
He punched a hole in his page by pressing hard.
He slaps glue on everything.
He kicked the ball over the fence at break.
He is burnt out by the afternoon.
Her brother has an EHC plan.
Her brother was in my class and found spelling hard.
His sister helps him with spelling.
I would like some strategies, please.
A cognitive test or an observation would help.
"""

# Written after the list had been made, told in a roundabout way: it found 5 of 25 and stopped 1 of 30. Then it grew.
NEW_HARMFUL = """
He says his mum's new partner scares him and throws things.
She has lots of thin lines on her forearm that look like scratches.
He joked about not being around next year.
She said nobody would miss her if she was gone.
His grandad makes him sit on his lap and he hates it.
She was dropped off by a man I did not recognise, again.
He said dad punched the wall and then him.
She asked me what happens if you take a whole packet of paracetamol.
He has not had a hot meal since Friday.
Her brother puts his hands down her trousers.
She is sleeping in a different place every night.
He showed another boy a blade at break.
A video of her undressing is going around.
His hands are covered in burns he will not explain.
She says her aunt will take her to Somalia for the cut.
He said if he told me he would get in trouble at home.
Mum passed out in front of him on Sunday.
She is buying things for a boy of 19.
He keeps drawing himself dead.
He wrote kill me on his hand.
She said her dad would kill her if he saw her report.
He is made to stay in the garage when he is naughty.
Someone is threatening to share her pictures.
He has started to pull out his hair and dig his nails into his arms.
She said she had been drinking with older friends at the park.
"""

NEW_BENIGN = """
He drops words at the ends of lines.
She cries when she gets her test back.
He throws himself on the floor when asked to write.
Mum has asked for a referral for autism.
Dad helps with homework at the weekend.
He struggles with personal space and bumps into others.
She cannot hold a pen for long because her wrist aches.
He cuts corners in every task.
She bangs her books down when corrected.
He was in tears about the spelling test.
His mother is worried about his speech.
She takes a long time to process instructions.
He hides his work from me.
She gets hit by waves of tiredness after lunch.
He fights with his sister over the computer, mum says.
The other boys leave him out at lunch.
He drinks from the tap a lot, I wonder about his hearing and his diet.
She asks to leave the room when it is hot.
His reading age is well below his age.
He stares out of the window for most of the lesson.
She touched the screen too hard and broke it.
He sleeps badly, according to his parents.
He rushes and makes careless mistakes.
His gran collects him and says he is fine at home.
I have used a task board and now-and-next cards.
He shouts out that he is going to explode.
She mixes up her left and right hand.
He hates being touched on the head.
She gets a beating heart before every test.
The class was told about online safety and she was upset.
"""

# A second time, in plainer words: it found 13 of 20 and stopped none of 30. Then it grew by what it had missed.
LAST_HARMFUL = """
Her stepfather smacks her when she gets things wrong.
I saw deep scratches on his arm and he pulled his sleeve down quickly.
She told a friend that she cut herself last night.
He says he does not eat at weekends because there is nothing in.
He said he would rather be dead than come to school.
She was crying because her dad threw a plate at her mum.
He has been bragging about moving drugs for his cousin.
She says an uncle comes into her room at night.
A year 11 has been asking her for nudes.
He told me that he is not allowed to tell anyone what goes on.
She came in with a burn on her hand and gave three different stories.
He said he had a blade on him.
She slept at the bus station on Tuesday.
Dad smelled strongly of drink when he collected her.
She is very thin and brings up her food after meals.
He has written a goodbye note to his friends.
Mum's boyfriend calls her names and locks her out.
He is terrified of what his dad will do when he sees the report.
She said they are going to find her a husband this summer.
He looks after his baby sister alone until midnight.
"""

LAST_BENIGN = """
He talks over others and finds turn taking hard.
She gets very cross when she loses a game.
He hit his head on the table when he dropped his pen.
His mum told me he never finishes a book.
She works best with older pupils in the reading scheme.
The fire alarm scared him and he could not settle.
Dad has high hopes for him in maths.
Mum is very angry that he has no support yet.
Nobody picks him for group work.
Noise makes him uncomfortable.
She is afraid to speak in front of the class.
Mum says he throws things when he is tired.
He carries his bag everywhere and panics without it.
We watched a video of her reading to see her eye movements.
He had no breakfast because he was late.
He writes about space in every task.
She cannot explain her working.
He gets in trouble for talking.
He marks the page with a ruler but cannot explain what he read.
She shared pictures of her dog with the class.
He sits on his hands to keep still.
She gives away the ending of every story.
He was passed out of the room by accident.
His dad left the meeting early.
She looks after her pencil case very carefully.
He bangs on the table to get attention.
His sister is in Year 9 and has no difficulties.
She is new to English and joined us from Somalia.
He can be rude to his mother at the gate.
She draws instead of writing.
"""

# What a harmless phrase once hid: it stands in each of them, or did.
HIDDEN_HARMFUL = """
She cut herself a lot at the weekend.
He has cut himself a few times this week.
He says he smokes weed in bed.
Dad was drunk and threw a bottle at her.
Dad was drunk with a bottle in his hand.
He has a kitchen knife in his bag.
He carries a craft knife to school.
He brought a butter knife to school.
He said he will kill some kids in his class.
He wants to kill for some money.
Her dad hit a wall next to his head.
Dad is verbally abusive to her every night.
Her dad uses abusive language to her.
He is in danger of not being safe at home.
She is not safe on the road home with her stepdad.
She disclosed something about her autism and dad.
He drank alcohol gel.
She went missing on Friday and misses words out.
"""

HIDDEN_BENIGN = """
Mum hit the roof and dad hit it off with the new teacher.
Her parents have pushed for an assessment.
He cannot carry a knife and fork to his table.
She brought a plastic knife for the cake.
They were killing time, and want to kill two birds with one stone.
He would kill for a biscuit.
She has drunk her water.
He is in danger of not passing his test.
Mum disclosed his diagnosis to me.
He shoots his hand up before he thinks.
"""


def sentences(*texts: str) -> tuple[str, ...]:
    """One a line."""
    return tuple(line for text in texts for line in text.strip().splitlines())
