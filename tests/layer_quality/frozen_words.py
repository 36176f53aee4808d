"""What the frozen posters say."""

TITLES = ["Summer Fair", "HARVEST MARKET", "Night at the Zoo", "Ocean Week", "Lost & Found", "Big Spring Sale",
          "The Wild North", "Farm to Table", "Junior Science Day", "RIVER CLEANUP", "Winter Songs", "Book Exchange",
          "Open Garden", "Paint With Us", "Cycle to Work", "Family Picnic", "Museum Late", "Island Hopping", "NEW ARRIVALS",
          "Bake Off 2031", "Animal Rescue", "City Marathon", "Free Workshop", "Mountain Rescue", "Jazz in the Park",
          "Toy Swap", "Orchard Tour", "Stars & Planets", "Grand Reopening", "Wednesday Quiz", "FISH AND CHIPS",
          "Kite Festival", "Harbour Lights", "Forest School", "Meet the Makers", "Coffee Club"]
TWO_LINES = [["HELLO", "AUTUMN"], ["Save the", "Meadows"], ["Sunday", "Brunch"], ["MAKE", "NOISE"], ["Back to", "School"],
             ["Feed the", "Birds"], ["GREEN", "FUTURE"], ["Dance", "All Night"], ["One Wild", "Weekend"], ["Read", "More Books"]]
LINES = ["Saturday 14 June, 10 am to 4 pm", "Free entry for children", "Tickets at the door", "Town Hall, Mill Street 8",
         "Bring a friend and a blanket", "Music, food and games", "Every Thursday at half past six", "Call 555 0142",
         "Only while stocks last", "Doors open at seven", "Registration until 3 May", "All proceeds go to the shelter",
         "Fresh from the farm every morning", "Guided tours in four languages", "No experience needed",
         "Learn how they live and what they eat", "Up to forty percent off", "Workshops for all ages"]
SHORT = ["SALE", "NEW", "FREE", "50% OFF", "Join in", "Today", "Best price", "Limited", "Hot", "Only 9.99", "Wow!"]
HEADINGS = ["Our plan for next year", "Who visits the reserve", "Three ways to save energy", "Project overview",
            "What we learned", "Results of the survey", "Wildlife in our city", "Budget and schedule"]
POINTS = ["Visitors doubled since March", "Two new partners", "Costs are down by 12 percent", "Training starts in autumn",
          "More bins along the river", "Volunteers plant 300 trees", "Deliveries twice a week", "Feedback was mostly good",
          "Next review in October", "Open on public holidays", "Solar panels on every roof", "Shorter waiting times",
          "Prototype is ready to test", "Students help at weekends"]
LABELS = ["Spring", "Growth", "Costs", "People", "Goals", "Risks", "North", "South", "Team A", "Team B", "Sales", "Health"]
CHINESE_TITLES = ["春季促销", "动物世界", "周末市集", "欢迎光临", "美食节", "海洋探险", "新品上市", "快乐成长"]
CHINESE_LINES = ["全场五折起", "六月一日开幕", "免费入场", "地点：人民广场", "名额有限，先到先得", "每周六上午十点"]
