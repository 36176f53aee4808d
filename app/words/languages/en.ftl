### What Lamina says, in English. For another language put a file with the same messages beside this one, named after the
### language: `de.ftl`, `pt-BR.ftl`.
###
### Keys begin with the room that a message is in. Arguments such as $name keep their names. A space at the beginning or
### the end of a message is written {" "}.


# How the language calls itself: "Deutsch", "Português (Brasil)".
language-name = English

### The window

# $document: the name of the picture or project.
window-title = { $document } – Lamina
    .unsaved = { $document }* – Lamina
window-name = Lamina
# Follows "the window cannot open: ".
window-no-display = there is no display, as neither WAYLAND_DISPLAY nor DISPLAY is set
window-not-opened = the window cannot open: { $reason }; "lamina decompose" works without one

menu-file = File
menu-edit = Edit
menu-layer = Layer
menu-view = View
menu-help = Help
menu-open-recent = Open recent
menu-theme = Theme
menu-language = Language
    .system = Same as system
    .system_tooltip = The language of the desktop where it is here, or else English
    .tooltip = What the program speaks
    .asked = LAMINA_LANGUAGE asks for { $language }; start the program without it to choose here
# $step: one of the steps below, such as "Move layer".
menu-undo = Undo { $step }
menu-redo = Redo { $step }

canvas-empty = Drop a picture here, paste one, or open a file
canvas-empty-without-drops = Open a picture with Ctrl+O, or copy one and paste it here
canvas-open = Open a picture…
canvas-drop = Drop to open

notification-dismiss = Dismiss
    .tooltip = Close this message

# How long something takes.
unit-duration-seconds = { $seconds } s
unit-duration-minutes = { $minutes } min { $seconds } s
unit-duration-hours = { $hours } h { $minutes } min
# Units after a number, with the space before them.
unit-pixels = {" px"}
unit-seconds = { $seconds } s
# Between a number and its fraction.
unit-decimal-sign = .
# A share: of the zoom, of a file that is written.
unit-percent-of = { $percent } %
unit-percent = {" %"}
unit-degrees = °


### Actions: menus, buttons and the keyboard. "…" at the end where a dialog follows; a tooltip is one sentence without a
### full stop

action-open = Open…
    .tooltip = Open a picture or a project
action-paste = Paste as new picture
    .tooltip = Open the picture in the clipboard
action-save = Save
    .tooltip = Save the project with everything that can be edited
action-save-as = Save as…
    .tooltip = Save the project under another name
action-export-psd = Export PSD…
    .tooltip = Export the layers as a Photoshop file
action-export-pngs = Export PNG layers…
    .tooltip = Export each layer as a PNG
action-export-flattened = Export flattened PNG…
    .tooltip = Export what is visible as one PNG
action-quit = Quit
    .tooltip = Close the window
action-undo = Undo
    .tooltip = Take back the last step
action-redo = Redo
    .tooltip = Do the step again that was taken back
action-select-all = Select all layers
    .tooltip = Select all layers
action-select-none = Select none
    .tooltip = Select no layer
action-select-above = Select layer above
    .tooltip = Select the layer above
action-select-below = Select layer below
    .tooltip = Select the layer below
action-duplicate = Duplicate
    .tooltip = Duplicate the selected layers
action-delete = Delete
    .tooltip = Delete the selected layers
action-group = Group
    .tooltip = Put the selected layers into a group
action-ungroup = Ungroup
    .tooltip = Take the layers out of the selected group
action-rename = Rename
    .tooltip = Rename the layer
# Gives a layer that shows letters the words that they say.
action-add-text = Say what is written
    .tooltip = Give the layer words, for files that keep text as text; its pixels stay
action-bring-forward = Bring forward
    .tooltip = Move the selected layers up by one
action-send-backward = Send backward
    .tooltip = Move the selected layers down by one
action-bring-to-front = Bring to front
    .tooltip = Move the selected layers in front of all others
action-send-to-back = Send to back
    .tooltip = Move the selected layers behind all others
action-flip-horizontal = Flip horizontally
    .tooltip = Mirror left and right
action-flip-vertical = Flip vertically
    .tooltip = Mirror top and bottom
action-reset-transform = Reset size and rotation
    .tooltip = Undo scaling, rotation and flips
action-reset-recolor = Reset colours
    .tooltip = Show the layer in its own colours
action-decompose = Decompose
    .tooltip = Split the picture into layers
action-decompose-canvas = Decompose what is visible
    .tooltip = Split all that is visible, as it is now, into layers
action-split = Split into layers
    .tooltip = Split each selected layer into a group of layers in its place
action-cancel-decompose = Cancel
    .tooltip = Stop the decomposition; the layers stay as they are
action-fit = Fit in window
    .tooltip = Show the whole picture
# The zoom.
action-actual-size = 100 %
    .tooltip = One screen pixel for each picture pixel
action-zoom-in = Zoom in
    .tooltip = Zoom in
action-zoom-out = Zoom out
    .tooltip = Zoom out
action-compare-split = Compare side by side
    .tooltip = Source on the left of a divider, layers on the right
action-compare-before = Hold to show the source
    .tooltip = Show the source for as long as this is held
action-difference = Difference to the source
    .tooltip = Where the layers differ from the source, 16 times as bright, and how much in the status bar
# Light or dark.
action-theme-system = Same as system
    .tooltip = Light or dark, as the desktop says
action-theme-light = Light
    .tooltip = Light theme
action-theme-dark = Dark
    .tooltip = Dark theme
action-history = History…
    .tooltip = What earlier runs took as a rule, and which did not
action-shortcuts = Keyboard shortcuts
    .tooltip = List all keyboard shortcuts
action-about = About Lamina
    .tooltip = Version and licences


### Keys, as they are labelled

key-alt = Alt
key-ctrl = Ctrl
key-shift = Shift
key-delete = Delete
key-enter = Enter


### What the mouse does, in the list of keyboard shortcuts: what is done, and what it does

gesture-zoom = Wheel
    .does = Zoom at the pointer
gesture-pan = Space-drag, middle button
    .does = Pan
gesture-nudge = Arrows, with Shift
    .does = Move the layers by 1 px, by 10 px
gesture-opacity = 1 to 9, 0
    .does = Opacity 10 % to 90 %, 100 %
gesture-select-more = Ctrl-click, Shift-click
    .does = Select more layers
gesture-show-only = Alt-click on an eye
    .does = Show only that layer
gesture-rename = Double click on a name
    .does = Rename
gesture-copy = Alt-drag
    .does = Move a copy of the layers
gesture-no-snapping = Ctrl while dragging
    .does = Do not snap to edges and middles
gesture-keep-ratio = Shift while resizing
    .does = Keep the ratio


### Steps that Undo and Redo name: "Undo Move layer"

step-move-layer = Move layer
step-flip-horizontally = Flip horizontally
step-flip-vertically = Flip vertically
step-rename-layer = Rename layer
step-add-text = Add text
step-unlock-layer = Unlock layer
step-lock-layer = Lock layer
step-fold-group = Fold group
step-unfold-group = Unfold group
step-opacity = Opacity
step-reset-transform = Reset size and rotation
step-reset-colors = Reset colours
step-blend-mode = Change blend mode
step-remove-text = Remove text
step-edit-text = Edit text
step-recolor = Recolour
step-resize-layer = Resize layer
step-rotate-layer = Rotate layer
step-rotate-layers = Rotate layers
step-move-layers = Move layers
step-resize-layers = Resize layers
step-decompose = Decompose
step-split-layer = Split layer
step-reorder-layers = Reorder layers
step-duplicate = Duplicate
step-delete = Delete
step-group = Group
step-ungroup = Ungroup
step-choose-variant = Choose variant
step-delete-variant = Delete variant
step-copy-from-variant = Copy from variant
step-show-layer = Show layer
step-hide-layer = Hide layer
step-solo-layer = Solo layer


### Buttons of dialogs

button-replace = Replace
button-export = Export
button-cancel = Cancel
button-browse = Browse…
    .place = Choose the place in the desktop's dialog
    .file = Choose the file in the desktop's dialog
button-close = Close
button-resume = Resume
button-download = Download
button-delete = Delete
button-pause = Pause
button-save = Save
button-connect = Connect
button-disconnect = Disconnect
button-open = Open
button-choose = Choose
button-go-on = Go on


### Left panel: what splits the picture, and how

decompose-not-started = The decomposition could not start: { $error }
decompose-picture-closed = The decomposition was stopped because its picture was closed
decompose-done = { $summary } It took { $seconds } s.
decompose-cancelled = Decomposition cancelled; the layers are as they were
decompose-heading = Decompose
decompose-open-first = Open a picture first.
decompose-becomes-variant = Decomposing again keeps these layers as a variant.
decompose-replaces-picture = The layers take the picture's place; Undo brings it back.

engine-label = Engine
    .tooltip = What splits the picture
engine-automatic = Automatic
    .tooltip = The first of these that can run here
engine-unknown = Unknown
# $engine: its name; $reason: a sentence of its own.
engine-will-run = { $engine } will run. { $reason }
# $reason: goes on with a small letter.
engine-cannot-run = { $engine } cannot run: { $reason }
engine-none = No engine can run here.

server-choose-token = Choose the token's file
server-answer-lost = the server's answer was lost by an error in the program; try again
server-title = Remote server
server-what-it-is = A computer that runs lamina serve decomposes for this window.
server-address = Address
server-token-file = Token file
    .none = None
    .note = Only where the server asks for one: the first line of the file that it was started with.
server-button = Remote server…
    .tooltip = Decompose where another computer runs lamina serve
server-asking = Asks the server what it can do; done when no job runs
server-again = Try again
    .tooltip = Ask the server again
server-connected = The engines of { $address } are in the list.

model-weights = Weights
model-choose-folder = Choose the model's folder
model-choose-comfyui = Choose ComfyUI's folder
# $role: what a file is in a model, one of these.
model-role-whole = model
model-role-transformer = transformer
model-role-text-encoder = text encoder
model-role-vision-half = vision half
model-role-vae = VAE
model-role-lora = LoRA
model-choose = Choose a { $role }
model-memory-free = The model's memory is free; the next run loads it again
model-not-looked-for = Models could not be looked for: { $error }
# $how: how the model runs here, in English.
model-fits = Fits: { $how }.
    .tooltip = With the settings that the model was published with, and what is free now
model-found-none = None
model-found-files = Single files
model-found-folder = One folder
model-found = Found
    .tooltip = What was found, and another { $role }
model-transformer = Transformer
model-text-encoder = Text encoder
model-vision-half = Vision half
model-vae = VAE
model-another-folder = Another folder…
model-another-file = Another file…
# "GGUF, Q4_K, 13.1 GB".
model-details = { $format }, { $precision }, { $size } GB
model-heading = Model
model-looking = Looks for models on this computer
model-look-again = Look for models again
    .tooltip = Look for models on this computer again
model-none-chosen = No model is chosen.
model-folder-button = Choose folder…
    .tooltip = The folder with the model's files
model-comfyui-button = ComfyUI…
    .tooltip = Offer the models of a ComfyUI
model-get-button = Get a model…
    .tooltip = What is published, and what suits this computer
model-free-memory = Free memory
    .tooltip = The model stays in memory for the next run; give it back
model-when-no-job = Done when no job runs
model-download-paused = { $model }: paused
model-download-stopped = { $model }: stopped
model-download-share = { $model }: { $percent } %
model-download-show = Show
    .tooltip = How far the download is
model-engine-needs-one = { $engine } can run once its model is chosen.
model-engine-runs = { $engine } can run. { $reason }
# Stands after the details of a model.
model-fits-here = fits this computer
model-fits-not = does not fit
# $roles: one or more, joined by what follows: "transformer and a VAE".
model-missing = Choose a { $roles } too.
model-missing-and = {" and a "}

loras-heading = LoRAs
loras-choose-file = Choose a file…
loras-add = Add a LoRA
    .tooltip = Add a LoRA, which changes how the model works
loras-strength = Strength
    .tooltip = 1 as it was trained, 0 not at all; less turns it round
loras-strength-of = Strength of { $name }
loras-move-up = Move up
    .label = Move up { $name }
loras-move-down = Move down
    .label = Move down { $name }
loras-remove = Remove
    .label = Remove { $name }

prompt-language = Caption in
    .tooltip = Language in which the model describes the picture to itself
    .english = English
    .chinese = 中文
prompt-label = Prompt
    .hint = What the picture shows; empty: the model looks
prompt-automatic = Automatic caption
    .tooltip = The model's own words; edit them to use yours
prompt-clear = Clear prompt
    .tooltip = Back to the automatic caption
prompt-negative = Negative prompt
    .tooltip = Without one there is no guidance, and a step takes half the time
    .hint = What to keep away from

control-resolution = Works at
    .tooltip = More is finer, and takes more time and memory
control-steps = Steps
    .tooltip = num_inference_steps: more take longer and come out cleaner
control-rebuild = Layers in the picture's own size
    .tooltip = Brings the layers to the picture's size and colours; otherwise they stay as the engine made them
control-layers = Layers
    .tooltip = At most this many layers, background included; empty ones are dropped
# The number of layers is chosen by the engine.
control-layers-auto = Auto
    .label = Automatic number of layers
    .published = The number that the model was published with
    .found = As many as the engine finds
    .shown = all that it finds
control-step-cache = Reuse similar steps
    .tooltip = First-block cache: a step that begins nearly as the last one is not computed; faster, and the layers differ a little
# Names such as true_cfg_scale are those of the model's own program.
control-guidance = Guidance
    .tooltip = true_cfg_scale: how strongly the prompt steers; at 1 not at all, and a step takes half the time
control-normalize = Normalise guidance
    .tooltip = cfg_normalize: guidance turns the prediction but does not make it stronger
control-seed = Seed
    .tooltip = The same seed gives the same layers
control-seed-random = Random seed
    .tooltip = Take another seed

estimate-tooltip = What the job is expected to take, with what is free now
# $time: "26 s", "2 min 10 s".
estimate-time = About { $time }.
# $device: the name of a GPU.
estimate-device = { $device }: { $size } GiB.
estimate-host = { $size } GiB stream from the computer's memory.


### Jobs

# What an engine does, one after the other.
stage-prepare = Prepare
stage-load = Load
stage-caption = Caption
stage-encode = Encode
stage-denoise = Denoise
stage-decode = Decode
stage-segment = Segment
stage-inpaint = Inpaint
stage-rebuild = Rebuild
stage-read = Read text

# How an engine runs: "bf16, everything stays on the device; at most 47.1 GiB, about 1 min 5 s"; $how: some of those that
# follow.
plan-line = { $how }; at most { $size } GiB{ $host }, about { $time }
plan-stays = everything stays on the device
plan-takes-turns = the text encoder and the transformer take turns on the device
plan-streams = the transformer's blocks stream through the device
plan-tiles = pictures are encoded and decoded in tiles
plan-several = on { $count } GPUs
plan-host = {" and "}{ $size } GiB of the computer's memory

# What came of it, in sentences.
result-layers =
    { $count ->
        [one] { $count } layer by { $engine }.
       *[other] { $count } layers by { $engine }.
    }
# "12 of 50", or with guidance "12 + 14 of 50".
result-reused = { $reused } of { $steps } steps reused.
result-exact = Together they give the picture back.
result-differs = Together they differ from the picture by { $mean } of 255 on average, and by at most { $most } in 99.9 % of its pixels.


### Left panel: the job that runs

# $plan: the message plan-line.
progress-runs-so = { $engine } runs: { $plan }.
progress-runs = { $engine } runs.
progress-splitting = Splitting { $layer }
progress-do-not-split = Do not split { $layer }
progress-waits = { $layer } waits
progress-edit-meanwhile = You can go on editing meanwhile.
progress-stopping = Stopping…
progress-waiting = Waiting to start…
progress-caption = { $stage } · { $tokens } tokens so far
# "Segment 3/8".
progress-step = { $stage } { $step }/{ $steps }
# $progress: "Segment 3/8"; $left: "4 s".
progress-left = { $progress } · { $left } left

preview-hidden = Preview is hidden
preview-step = Preview, step { $step } of { $steps }
preview-show = Show preview
    .tooltip = Show the unfinished layers
preview-hide = Hide preview
    .tooltip = Show the layers as they are, and edit them
preview-layer = Unfinished layer { $number }

# After an attempt to split a layer into several.
split-one-thing = { $layer } is one thing and stays as it is
split-gone = { $layer } is gone, and with it what it was split into


### Right panel: the layers

layers-not-done = This could not be done: { $error }
layers-blend-mode = Blend mode
    .tooltip = How the selected layers' colours meet those beneath
# Photoshop's names.
blend-pass-through = Pass Through
blend-normal = Normal
blend-darken = Darken
blend-multiply = Multiply
blend-color-burn = Color Burn
blend-lighten = Lighten
blend-screen = Screen
blend-color-dodge = Color Dodge
blend-linear-dodge = Linear Dodge (Add)
blend-overlay = Overlay
blend-soft-light = Soft Light
blend-hard-light = Hard Light
blend-difference = Difference
blend-hue = Hue
blend-saturation = Saturation
blend-color = Color
blend-luminosity = Luminosity
layers-lock-transparency = Lock transparency
    .tooltip = Keep transparent pixels transparent in other programs; nothing here fills them
layers-lock-pixels = Lock pixels
    .tooltip = Keep the selected layers' colours, and their pixels from being split
layers-lock-position = Lock position
    .tooltip = Keep the selected layers from being moved, scaled and turned
layers-lock-all = Lock all
    .tooltip = Keep the selected layers as they are
layers-opacity = Opacity
    .tooltip = Opacity of the selected layers (keys 1 to 9, 0 for 100 %)
layers-show-only = Show only this layer
    .tooltip = Alt-click on the eye; again to bring the others back
layers-heading = Layers
layers-no-picture = No picture is open.
layers-eye-tooltip =
    { $label }
    Alt-click: show only this layer
layers-group-locked = Its group is locked
layers-name = Layer name
# The second group of a name, and so on: "Text 2".
layers-numbered = { $name } { $number }
# The name of a group of layers of one kind.
layers-objects = Objects
layers-shapes = Shapes
layers-texts = Text
# The name of a new group.
layers-new-group = Group
layers-hide = Hide { $name }
layers-show = Show { $name }
layers-unfold = Unfold { $name }
layers-fold = Fold { $name }
layers-unlock = Unlock { $name }
layers-lock = Lock { $name }
# What the name of a copy ends in, with the space before it; a number may follow.
layers-copy-suffix = {" copy"}

# What is written on a layer that shows letters.
text-label = Text
text-words = Text on the layer
    .hint = What is written here
# $sure: how sure the reading of $words is.
text-sure =
    { $words }
    { $sure } % sure
text-remove = Remove text
    .tooltip = Forget what is written; the pixels stay
text-letters = Letters
text-height = Height of the letters
# As three bytes in hexadecimal digits, red, green and blue: #FF8800.
text-color = Colour of the letters, #{ $r }{ $g }{ $b }
text-family = Font family
    .hint = Font
    .tooltip = Family of the font, for files that keep text as text

variants-delete = Delete variant
    .tooltip = Delete the variant that is shown
variants-label = Variant
    .tooltip = The results of several runs; one is shown, and each keeps what is changed of it
variants-copy-layer = Copy a layer from another variant
variants-as-opened = As opened
# The name of a variant; $run: one of the two that follow.
variants-run = { $number }: { $run }
# $engine: its name.
variants-settings = { $engine }, seed { $seed }
variants-settings-layers = { $engine }, { $count } layers, seed { $seed }


### Right panel: properties of what is selected

properties-heading = Properties
# One letter each: X, Y, width, height, rotation.
properties-x = X
    .tooltip = Left edge, from the canvas's left
    .several = Left edge of all, from the canvas's left
properties-y = Y
    .tooltip = Top edge, from the canvas's top
    .several = Top edge of all, from the canvas's top
properties-width = W
    .tooltip = Width of the layer
    .several = Width of all; the height follows
properties-height = H
    .tooltip = Height of the layer
    .several = Height of all; the width follows
properties-ratio = Keep the ratio
    .tooltip = Width and height change together
properties-rotation = R
    .tooltip = Rotation, clockwise
properties-group =
    { $count ->
        [0] Empty group
        [one] Group of { $count } layer
       *[other] Group of { $count } layers
    }
properties-layers =
    { $count ->
        [0] No layer is selected
       *[other] { $count } layers
    }
properties-locked = Locked
# $what: one of the two above.
properties-several-locked = { $what }, locked

colors-heading = Colours
colors-hue = Hue
    .tooltip = Turns the hue around the wheel
colors-saturation = Saturation
    .tooltip = −100 % is grey
colors-lightness = Lightness
    .tooltip = −100 % is black, 100 % is white
colors-tint = Tint
    .tooltip = Colour laid over the layer
colors-tint-strength = Strength
    .tooltip = How much of the tint shows


### Status bar

status-opening = Opening { $file }…
status-cancel-saving = Cancel saving
status-cancel-export = Cancel export
status-cancel-tooltip = Stop writing; nothing is left behind
# Tooltips of numbers.
status-zoom = Screen pixels for each picture pixel
status-canvas-size = { $width } × { $height } px
    .tooltip = Size of the canvas
status-fidelity = Fidelity { $psnr } dB, mean error { $mean_error } of 255
    .tooltip = Peak signal-to-noise ratio and mean error of all channels, layers against source
status-pointer = Pixel under the pointer
status-fidelity-none = No source of this size to compare with
status-fidelity-exact = The layers give the source exactly
status-saving = Saving { $file }
status-exporting = Exporting { $file }


### Opening, saving and exporting

open-title = Open a picture or a project
    .pictures = Pictures and projects
    .all_files = All files
open-only-first = Only the first of the dropped files was opened
open-no-dialog = The file dialog did not start: { $error }
open-dialog-failed = The file dialog failed; try again
open-failed = The file could not be opened: { $error }
open-failed-by-program = The file could not be opened because of an error in the program
open-pasted-picture = Pasted picture
# A sentence without a full stop, which is added; this holds for all that are shown in the corner.
open-clipboard-text = The clipboard holds text, not a picture
open-clipboard-empty = The clipboard holds no picture; copy one first

save-title = Save the project
save-not-autosaved = Unsaved work is not kept for a recovery: { $error }
save-failed = The project was not saved: { $error }
save-cancelled = Saving was cancelled; the file is as it was
save-done = Saved as { $path }
save-is-there = { $name } is there already.
save-path = Path
    .tooltip = Where the project goes
save-changed-by-others = { $name } was changed by another window or program since it was opened here.
save-lost = the project was not saved because of an error in the program; try again

unsaved-title = Unsaved work
unsaved-decomposition-stops = The decomposition that is running stops.
unsaved-export-stops = The export that is running stops.
unsaved-save =
    .tooltip = Save the project, then go on
unsaved-cancel =
    .tooltip = Go back to the picture
unsaved-discard = Don't save
    .tooltip = Go on and lose the changes
# What asks before something would be lost.
unsaved-before-closing = Save the changes to { $name } before the window closes?
unsaved-before-opening = Save the changes to { $name } before { $other } opens?
unsaved-busy-at-closing = Something is still under way when the window closes.
unsaved-busy-at-opening = Something is still under way when { $other } opens.

# At the start, after a window was killed.
recover-question = Lamina ended before { $name } was saved; its last state is still here.
recover-open = Recover
    .tooltip = Open it as it was kept last
recover-discard = Discard
    .tooltip = Delete it for good

export-title = Export
    .folder = Export into a folder
export-not-started = The export did not start: { $error }
export-cancelled = Export cancelled; nothing was written
export-done-layers = Exported { $files } layers into { $folder }
export-done-psb = Exported to { $path }, a PSB because a PSD cannot be that large
export-done = Exported to { $path }
export-folder-not-empty = The folder { $name } is not empty; files of the same name are replaced.
export-psd = PSD
    .tooltip = All layers in one file for Photoshop
export-openraster = OpenRaster
    .tooltip = All layers in one file for Krita, GIMP and MyPaint
    .note = Layers as they appear; a project (Ctrl+S) keeps them as they are.
export-pptx = PPTX
    .tooltip = One slide, each layer a picture on it
    .note = Blend modes are left out; PowerPoint has none.
export-svg = SVG
    .tooltip = All layers as pictures for browsers and Inkscape
    .note = Layers as they appear, as pictures.
export-png-layers = PNG layers
    .tooltip = A folder with one picture for each layer
export-flattened = Flattened PNG
    .tooltip = What is visible, as one picture
    .note = Hidden layers are left out.
export-keep-original = Keep the original as a hidden bottom layer
    .tooltip = The picture as it was opened, named "Original"
export-live2d = For Live2D Cubism
    .tooltip = Each name once, groups at most four deep, recolouring in the pixels
export-extent-layer = As large as the layer
    .tooltip = Each picture is cut to what is visible in it
export-extent-canvas = As large as the canvas
    .tooltip = All pictures are of one size and fit over each other
export-text-pixels = Text as pixels
    .tooltip = Looks exactly as it does here
export-text-editable = Editable text
    .tooltip = Layers whose words are known become text
    .update = Photoshop asks to update these layers when it opens the file. Press Update: it sets the words anew, in a font that it has.
    .boxes = Words stand in boxes, in Arial, and look only about as they do here.
export-folder = Folder
export-file = File
    .tooltip = Where the export goes
export-lost = the export stopped because of an error in the program; try again


### Getting a model

download-not-started = The download did not start: { $error }
download-done = The model { $model } was downloaded; it runs from now on
download-catalogue-lost = the list of models was lost by an error in the program; open it again
download-title = Get a model
download-room = { $free } GB are free for { $folder }.
download-no-gpu = There is no GPU here that a model can use, so none is marked as the best.
download-best = Best for this computer
download-is-here = Downloaded
# $about: in English.
download-about = { $about }. { $size } GB, licence { $licence }.
download-no-room = No room
download-cancel =
    .tooltip = Ends the download and deletes what is there of it
download-lost = the download stopped because of an error in the program; start it again
# "q4_k_m: 3.1 of 19.4 GB, 48 MB a second, 5 min 40 s left": the parts are the messages that follow.
download-status = { $model }:{ $far }{ $how }
download-far = {" "}{ $there } of { $all } GB
download-asking = {" "}asks the server…
download-checking = , checks what is there…
download-rate = , { $rate } MB a second, { $left } left
download-pausing = , stops…
download-paused = , paused
download-discarding = , deletes what is there…
download-stopped = , stopped
download-resume-model = Resume { $model }
download-model = Download { $model }
download-delete-model = Delete { $model }


### Help

history-lost = the record was lost by an error in the program; open it again
history-not-recorded = What the run took is not recorded: { $error }
history-title = History
history-empty = No run has ended yet.
history-how-to-read = Runs by engine, resolution and GPU, and below them those that took much more or less time than their like.
history-no-backend = no backend
history-processor = processor
history-nothing = no job has ended yet
history-no-folder = the system names no folder for this user's data; name one with --data
# "12 done, 1 failed; as a rule 26.1 s, at most 31.0 s, 0.98 of the forecast".
history-counts = { $done } done, { $failed } failed
history-seconds = ; as a rule { $median } s, at most { $slowest } s
history-over-forecast = , { $share } of the forecast
# "Load 3.1 s, 13.8 GiB"; $memory: the message below, or nothing.
history-stage = { $stage } { $seconds } s{ $memory }
history-memory = , { $size } GiB
# $ended: when.
history-outlier = { $ended }: { $seconds } s, { $times } times as long, for { $width } × { $height }

help-shortcuts = Keyboard shortcuts
help-version = Version { $version }
help-what-it-is = Splits a flat picture into layers that can be edited.
help-licences = Apache License 2.0. Icons by Lucide (ISC). Droid Sans Fallback (Apache License 2.0).


### The command line: sentences begin small, as "lamina: " or another sentence stands before them. Options and commands stay
### as they are

argument-share = choose a number above 0 and at most 1
argument-no-credentials = cannot read the credentials in { $file }; give another file
argument-choose-of = choose of: { $names }
argument-raw-of-other = --raw writes the layers of { $model } as it made them, not those of { $other }; leave out one of the two
argument-see-help = { $line } (see --help)
argument-all-files = single files need all of --transformer, --vae and --text-encoder; name them, or the folder of ComfyUI with --comfyui
argument-no-such-model = no such model
argument-whole-number = choose a whole number, 0 or more
argument-auto-or-number = choose auto or a whole number
argument-number = choose a number such as 4.0
argument-token-unreadable = cannot read the token in { $file }; give another file
argument-no-token = { $file } holds no token; write one there
argument-gigabytes = choose a number such as 16
argument-above-zero = choose a number above 0

# How the sentence of an error goes on where an option mends it.
mend-listen = ; choose another with --listen
mend-needs-token = ; give a file that holds one with --token-file, or listen on 127.0.0.1
mend-tokens = ; give another file with --token-file
mend-data = ; choose another with --data
mend-data-in-use = ; end it or choose another with --data
mend-later-version = ; update it or choose another folder with --data
mend-nats = {" with --nats-credentials or its token with --nats-token-file"}
mend-token-file = {" (--token-file)"}
mend-transformer = {" with --transformer"}
mend-text-encoder = {" with --text-encoder"}
mend-mmproj = {" with --mmproj"}
mend-vae = {" with --vae"}
mend-model = {" or with --model"}

convert-unknown-format = { $file } ends in no format that is written; choose .lamina, .ora, .psd, .psb, .pptx, .svg, .png, or no extension for a folder of PNGs
convert-psb = The document is too large for a PSD, so that a PSB was written.
convert-stopped = stopped; nothing was written

batch-watch-no-folder = --watch waits for pictures in folders, and none is named; name one
batch-no-picture = there is no picture to decompose; name { $formats } files, or folders of them
batch-output-inside = with --recursive the layers in { $folder } would be decomposed as well; choose another output folder with -o
batch-folder-passed-over = { $error }; its pictures are passed over
batch-list-unreadable = cannot read the list { $list }
batch-line-no-json = this is no JSON object ({ $error }); write one a line
batch-line-no-picture = it names no "picture"; add one
batch-no-raw-layers = workers give no raw layers; leave out --raw
batch-writing-failed = writing the results failed
batch-no-threads = the system gives no more threads; end other programs
# $summary: sentences.
batch-picture-done = { $input } → { $results } in { $seconds } s: { $summary }
batch-done-before = { $picture } was done before
batch-summary = { $done } decomposed, { $skipped } done before, { $failed } failed
batch-cannot-write = cannot write { $file }

run-no-ctrl-c = Ctrl-C will not stop this run cleanly: { $error }
run-not-recorded = what the job took is not recorded: { $error }
# Of all pictures; stands before the name of the one that is worked on.
run-left-for-all = { $left } left;{" "}
run-load = { $stage } { $step } %
run-caption = { $stage } { $step } tokens
run-step-left = { $stage } { $step }/{ $steps }, { $left } s left
run-step = { $stage } { $step }/{ $steps }

report-unreadable = cannot read the report { $file }
report-of-no-run = { $file } is no report that can be run again; choose the .json that a run left beside its PSD
report-of-later-version = { $file } is of a later version of this program; update it to run that job again
report-damaged = { $file } is damaged ({ $error }); give the picture and its settings in place of --again
report-caption = caption: { $caption }
# Of the layers.
report-own-size = They have the backend's own size
report-raw-size = They are { $width } × { $height }, as the model made them

plan-of-processor = There is no GPU here that this program can use, so this is the processor's plan; --card plans for a GPU that is not here.

pull-removed = { $model } is no longer here
pull-nothing-fits = there is no GPU here that a model fits; name the one to download, as `lamina model list` has them
pull-no-gpu = There is no GPU here that this program can use; `lamina plan --card all` says what each takes on those that are known.
pull-kept-in = Models are kept in { $folder }
# Marks of a model in a list.
pull-here = here
pull-partly-here = partly here
pull-best = best for this computer
pull-as-published = { $model } is as it was published
pull-file-damaged = { $file } is damaged or missing
pull-mends = `lamina model pull { $model }` mends it
pull-no-model = no model is here; `lamina model pull` downloads one
pull-found-by-itself = it is found by itself; --model { $folder } names it
pull-no-ctrl-c = Ctrl-C cannot be heard
pull-begins = { $model }, { $size } in { $files } files, licence { $licence }, into { $folder }

serve-ready = serving at http://{ $address } (its page: http://{ $address }/docs)

worker-is-there = A worker is there that runs it.
worker-is-not-there = No worker is there that runs it; jobs wait for one.
worker-no-ctrl-c = Ctrl-C will not stop this worker cleanly: { $error }
worker-takes = takes jobs from { $server }: { $jobs }
worker-cannot-take = jobs of { $jobs } cannot run here: { $reason }
worker-waits = waits for jobs
worker-has-job = has job { $job }
worker-job-failed = job { $job }: { $error }
worker-gave-back = job { $job } was given back
# Stands before one of those above.
worker-counts = { $done } done, { $failed } failed
worker-ends-after = ; ends after this job, or at once when it is interrupted again
