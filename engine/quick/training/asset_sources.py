"""Which packages the training assets come from, under which licence, and what is taken from each."""

DEBIAN = {  # package: (version, licence, where the licence says so, what is taken)
    "openclipart-svg": ("1:0.18+dfsg-19", "public domain", "debian/copyright", "drawings"),
    "lomiri-wallpapers-16.04": ("20.04.0-2", "CC-BY-4.0, CC0-1.0 (one)", "debian/copyright, by file",
                                "10 photographs; the BY-SA ones stay out"),
    "mypaint-data-extras": ("2.0.1-9", "CC0-1.0", "debian/copyright, backgrounds/{mrmamurk,ramon}", "paper textures"),
    "gcompris-qt-data": ("3.1-2", "public domain, CC0-1.0, CC-BY-1.0/2.0/3.0", "debian/copyright, by file",
                         "photographs and cut-outs named there under these licences only"),
    "fonts-noto-cjk": ("1:20220127+repack1-1", "OFL-1.1", "debian/copyright", "2000 characters of four fonts"),
}
PYPI = {
    "scikit-image": ("0.26.0", "CC0-1.0, public domain", "docstrings of skimage/data/_fetchers.py, by picture",
                     "photographs named in SKIMAGE"),
    "scikit-learn": ("1.9.1", "CC-BY-4.0", "sklearn/datasets/images/README.txt", "china.jpg, flower.jpg"),
}
NPM = {  # package: (version, licence, where)
    "@lobehub/fluent-emoji-3d": ("1.1.0", "MIT", "package.json; Microsoft Fluent Emoji"),
    "@pmndrs/assets": ("1.7.0", "CC0-1.0", "package description"),
}
ICONS = {  # @iconify-json/NAME: (version, licence by its info.json, how many are taken at most)
    "noto": ("1.2.9", "Apache-2.0", 1500),
    "fluent-emoji-flat": ("1.2.6", "MIT", 1100),
    "twemoji": ("1.2.5", "CC-BY-4.0, Twitter", 900),
    "fxemoji": ("1.2.2", "Apache-2.0", 500),
    "emojione": ("1.2.3", "CC-BY-4.0, EmojiOne v2", 700),
    "flat-color-icons": ("1.2.3", "MIT", 320),
    "meteocons": ("1.2.4", "MIT", 60),
    "fluent-color": ("1.2.21", "MIT", 200),
    "streamline-freehand-color": ("1.2.2", "CC-BY-4.0, Streamline", 350),
    "streamline-kameleon-color": ("1.2.2", "CC-BY-4.0, Streamline", 200),
    "streamline-ultimate-color": ("1.2.2", "CC-BY-4.0, Streamline", 300),
    "game-icons": ("1.2.4", "CC-BY-3.0, game-icons.net", 350),
}
AVATARS = {  # @dicebear/NAME 9.4.3: (licence of its art, how many are drawn)
    "open-peeps": ("CC0-1.0, Pablo Stanley", 300),
    "notionists": ("CC0-1.0, Zoish", 200),
    "lorelei": ("CC0-1.0, Lisa Wischofsky", 120),
    "personas": ("CC-BY-4.0, Draftbit", 300),
    "micah": ("CC-BY-4.0, Micah Lanier", 220),
    "adventurer": ("CC-BY-4.0, Lisa Wischofsky", 220),
    "big-smile": ("CC-BY-4.0, Ashley Seo", 150),
    "big-ears": ("CC-BY-4.0, The Visual Team", 150),
    "croodles": ("CC-BY-4.0, vijay verma", 100),
    "miniavs": ("CC-BY-4.0, Webpixels", 250),
    "toon-head": ("CC-BY-4.0, Johan Melin", 200),
    "pixel-art": ("CC0-1.0, DiceBear", 200),
    "dylan": ("CC-BY-4.0, Natalia Spivak", 60),
}
SHARES = {"clipart": .36, "emoji3d": .24, "avatar": .16, "noto": .07, "fluent": .04, "twemoji": .035, "streamline": .03}  # of the bytes
AVATAR_VERSION = "9.4.3"
LOMIRI = "aitzgorri friends life picosdeeuropa Picture_0B Picture_1A seeding sunset umang Wine".split()
SKIMAGE = ("astronaut.png chelsea.png coffee.png brick.png grass.png gravel.png rocket.jpg "
           "hubble_deep_field.jpg camera.png").split()
# @fontsource packages, OFL-1.1 or Apache-2.0 (each package.json says so; others are skipped)
FONTS = """abril-fatface acme alegreya alegreya-sans alex-brush alfa-slab-one allura amatic-sc annie-use-your-telescope
anton architects-daughter archivo archivo-black arvo audiowide bangers barlow barlow-condensed bebas-neue berkshire-swash
big-shoulders-display bitter black-ops-one bodoni-moda bowlby-one-sc bree-serif bubblegum-sans bungee bungee-shade cabin
cabin-sketch calistoga cantarell carter-one caveat caveat-brush chewy cinzel cinzel-decorative coiny comfortaa comic-neue
comic-relief cookie cormorant-garamond courgette courier-prime covered-by-your-grace creepster crimson-pro damion
dancing-script days-one dm-mono dm-sans dm-serif-display dosis eb-garamond exo-2 figtree finger-paint fira-sans fjalla-one
fredericka-the-great fredoka fredoka-one geist-sans germania-one gloria-hallelujah goldman grand-hotel great-vibes handlee
hepta-slab homemade-apple ibm-plex-mono ibm-plex-sans ibm-plex-serif indie-flower inter italiana jersey-10 josefin-sans
kalam kanit kaushan-script knewave lato league-gothic lexend libre-baskerville lilita-one lobster lobster-two
londrina-solid lora luckiest-guy marck-script medievalsharp merriweather modak monoton montserrat montserrat-alternates
mulish neucha nosifer nunito old-standard-tt open-sans orbitron oswald outfit oxanium pacifico parisienne passion-one
patrick-hand patua-one permanent-marker philosopher pinyon-script pixelify-sans playfair-display plus-jakarta-sans
poiret-one poppins prata press-start-2p prompt pt-serif public-sans quicksand rajdhani raleway rammetto-one
red-hat-display righteous roboto roboto-condensed roboto-mono roboto-slab rock-salt rowdies rubik rubik-mono-one
russo-one sacramento saira-stencil-one sansita satisfy shadows-into-light shrikhand sigmar-one silkscreen smooch sora
source-serif-4 space-grotesk space-mono special-elite spectral staatliches syne tangerine teko titan-one titillium-web
unbounded unifrakturmaguntia varela-round vibur volkhov vt323 work-sans yanone-kaffeesatz yellowtail yeseva-one
zilla-slab""".split()
