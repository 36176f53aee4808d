### Was Lamina sagt, auf Deutsch; wie jede Meldung gebraucht wird, steht in `en.ftl`. Begriffe wie in Photoshop.

language-name = Deutsch

### The window

window-title = { $document } – Lamina
    .unsaved = { $document }* – Lamina
window-name = Lamina
window-no-display = es gibt keinen Bildschirm, weil weder WAYLAND_DISPLAY noch DISPLAY gesetzt ist
window-not-opened = das Fenster lässt sich nicht öffnen: { $reason }; „lamina decompose“ kommt ohne Fenster aus

menu-file = Datei
menu-edit = Bearbeiten
menu-layer = Ebene
menu-view = Ansicht
menu-help = Hilfe
menu-open-recent = Zuletzt geöffnet
menu-theme = Farbschema
menu-language = Sprache
    .system = Wie im System
    .system_tooltip = Die Sprache des Desktops, wo sie vorhanden ist, sonst Englisch
    .tooltip = Was das Programm spricht
    .asked = LAMINA_LANGUAGE verlangt { $language }; starten Sie das Programm ohne diese Variable, um hier zu wählen
menu-undo = Rückgängig: { $step }
menu-redo = Wiederholen: { $step }

canvas-empty = Ziehen Sie ein Bild hierher, fügen Sie eines ein oder öffnen Sie eine Datei
canvas-empty-without-drops = Öffnen Sie ein Bild mit Strg+O, oder kopieren Sie eines und fügen Sie es hier ein
canvas-open = Bild öffnen…
canvas-drop = Zum Öffnen loslassen

notification-dismiss = Ausblenden
    .tooltip = Diese Meldung schließen

unit-duration-seconds = { $seconds } s
unit-duration-minutes = { $minutes } min { $seconds } s
unit-duration-hours = { $hours } h { $minutes } min
unit-pixels = {" px"}
unit-seconds = { $seconds } s
unit-decimal-sign = ,
unit-percent-of = { $percent } %
unit-percent = {" %"}
unit-degrees = °


### Actions

action-open = Öffnen…
    .tooltip = Ein Bild oder ein Projekt öffnen
action-paste = Als neues Bild einfügen
    .tooltip = Das Bild aus der Zwischenablage öffnen
action-save = Speichern
    .tooltip = Das Projekt mit allem speichern, was sich bearbeiten lässt
action-save-as = Speichern unter…
    .tooltip = Das Projekt unter einem anderen Namen speichern
action-export-psd = PSD exportieren…
    .tooltip = Die Ebenen als Photoshop-Datei exportieren
action-export-pngs = PNG-Ebenen exportieren…
    .tooltip = Jede Ebene als PNG exportieren
action-export-flattened = Reduziertes PNG exportieren…
    .tooltip = Was sichtbar ist, als ein PNG exportieren
action-quit = Beenden
    .tooltip = Das Fenster schließen
action-undo = Rückgängig
    .tooltip = Den letzten Schritt zurücknehmen
action-redo = Wiederholen
    .tooltip = Den zurückgenommenen Schritt wiederholen
action-select-all = Alle Ebenen auswählen
    .tooltip = Alle Ebenen auswählen
action-select-none = Auswahl aufheben
    .tooltip = Keine Ebene auswählen
action-select-above = Ebene darüber auswählen
    .tooltip = Die Ebene darüber auswählen
action-select-below = Ebene darunter auswählen
    .tooltip = Die Ebene darunter auswählen
action-duplicate = Duplizieren
    .tooltip = Die ausgewählten Ebenen duplizieren
action-delete = Löschen
    .tooltip = Die ausgewählten Ebenen löschen
action-group = Gruppieren
    .tooltip = Die ausgewählten Ebenen in eine Gruppe legen
action-ungroup = Gruppierung aufheben
    .tooltip = Die Ebenen aus der ausgewählten Gruppe nehmen
action-rename = Umbenennen
    .tooltip = Die Ebene umbenennen
action-add-text = Text angeben
    .tooltip = Der Ebene ihre Wörter geben, für Dateien, die Text als Text enthalten; ihre Pixel bleiben
action-bring-forward = Schrittweise nach vorne
    .tooltip = Die ausgewählten Ebenen um eine nach oben setzen
action-send-backward = Schrittweise nach hinten
    .tooltip = Die ausgewählten Ebenen um eine nach unten setzen
action-bring-to-front = In den Vordergrund
    .tooltip = Die ausgewählten Ebenen vor alle anderen setzen
action-send-to-back = In den Hintergrund
    .tooltip = Die ausgewählten Ebenen hinter alle anderen setzen
action-flip-horizontal = Horizontal spiegeln
    .tooltip = Links und rechts vertauschen
action-flip-vertical = Vertikal spiegeln
    .tooltip = Oben und unten vertauschen
action-reset-transform = Größe und Drehung zurücksetzen
    .tooltip = Skalierung, Drehung und Spiegelung aufheben
action-reset-recolor = Farben zurücksetzen
    .tooltip = Die Ebene in ihren eigenen Farben zeigen
action-decompose = Zerlegen
    .tooltip = Das Bild in Ebenen zerlegen
action-decompose-canvas = Sichtbares zerlegen
    .tooltip = Alles, was sichtbar ist, so, wie es jetzt ist, in Ebenen zerlegen
action-split = In Ebenen aufteilen
    .tooltip = Jede ausgewählte Ebene an ihrer Stelle in eine Gruppe von Ebenen aufteilen
action-cancel-decompose = Abbrechen
    .tooltip = Die Zerlegung abbrechen; die Ebenen bleiben, wie sie sind
action-fit = Ganzes Bild
    .tooltip = Das ganze Bild zeigen
action-actual-size = 100 %
    .tooltip = Ein Bildschirmpixel für jedes Bildpixel
action-zoom-in = Einzoomen
    .tooltip = Einzoomen
action-zoom-out = Auszoomen
    .tooltip = Auszoomen
action-compare-split = Nebeneinander vergleichen
    .tooltip = Links von einem Teiler das Original, rechts die Ebenen
action-compare-before = Gedrückt halten: Original
    .tooltip = Das Original zeigen, solange dies gedrückt ist
action-difference = Differenz zum Original
    .tooltip = Wo die Ebenen vom Original abweichen, 16-fach verstärkt; wie sehr, steht in der Statusleiste
action-theme-system = Wie im System
    .tooltip = Hell oder dunkel, wie der Desktop es vorgibt
action-theme-light = Hell
    .tooltip = Helles Farbschema
action-theme-dark = Dunkel
    .tooltip = Dunkles Farbschema
action-history = Verlauf…
    .tooltip = Was frühere Läufe in der Regel brauchten, und welche nicht
action-shortcuts = Tastaturbefehle
    .tooltip = Alle Tastaturbefehle zeigen
action-about = Über Lamina
    .tooltip = Version und Lizenzen


### Keys, as they are labelled

key-alt = Alt
key-ctrl = Strg
key-shift = Umschalt
key-delete = Entf
key-enter = Eingabe


### What the mouse does

gesture-zoom = Mausrad
    .does = Am Zeiger zoomen
gesture-pan = Leertaste + Ziehen, mittlere Taste
    .does = Ansicht verschieben
gesture-nudge = Pfeiltasten, mit Umschalt
    .does = Ebenen um 1 px, um 10 px verschieben
gesture-opacity = 1 bis 9, 0
    .does = Deckkraft 10 % bis 90 %, 100 %
gesture-select-more = Strg-Klick, Umschalt-Klick
    .does = Weitere Ebenen auswählen
gesture-show-only = Alt-Klick auf ein Auge
    .does = Nur diese Ebene zeigen
gesture-rename = Doppelklick auf einen Namen
    .does = Umbenennen
gesture-copy = Alt + Ziehen
    .does = Eine Kopie der Ebenen verschieben
gesture-no-snapping = Strg beim Ziehen
    .does = Nicht an Kanten und Mitten ausrichten
gesture-keep-ratio = Umschalt beim Skalieren
    .does = Seitenverhältnis behalten


### Steps that Undo and Redo name

step-move-layer = Ebene verschieben
step-flip-horizontally = Horizontal spiegeln
step-flip-vertically = Vertikal spiegeln
step-rename-layer = Ebene umbenennen
step-add-text = Text hinzufügen
step-unlock-layer = Ebene lösen
step-lock-layer = Ebene fixieren
step-fold-group = Gruppe zuklappen
step-unfold-group = Gruppe aufklappen
step-opacity = Deckkraft
step-reset-transform = Größe und Drehung zurücksetzen
step-reset-colors = Farben zurücksetzen
step-blend-mode = Füllmethode ändern
step-remove-text = Text entfernen
step-edit-text = Text bearbeiten
step-recolor = Umfärben
step-resize-layer = Ebene skalieren
step-rotate-layer = Ebene drehen
step-rotate-layers = Ebenen drehen
step-move-layers = Ebenen verschieben
step-resize-layers = Ebenen skalieren
step-decompose = Zerlegen
step-split-layer = Ebene aufteilen
step-reorder-layers = Ebenen umordnen
step-duplicate = Duplizieren
step-delete = Löschen
step-group = Gruppieren
step-ungroup = Gruppierung aufheben
step-choose-variant = Variante wählen
step-delete-variant = Variante löschen
step-copy-from-variant = Aus Variante kopieren
step-show-layer = Ebene einblenden
step-hide-layer = Ebene ausblenden
step-solo-layer = Nur eine Ebene zeigen


### Buttons of dialogs

button-replace = Ersetzen
button-export = Exportieren
button-cancel = Abbrechen
button-browse = Durchsuchen…
    .place = Den Ort im Dialog des Desktops wählen
    .file = Die Datei im Dialog des Desktops wählen
button-close = Schließen
button-resume = Fortsetzen
button-download = Laden
button-delete = Löschen
button-pause = Anhalten
button-save = Speichern
button-connect = Verbinden
button-disconnect = Trennen
button-open = Öffnen
button-choose = Wählen
button-go-on = Weiter


### Left panel: what splits the picture, and how

decompose-not-started = Die Zerlegung konnte nicht beginnen: { $error }
decompose-picture-closed = Die Zerlegung wurde abgebrochen, weil ihr Bild geschlossen wurde
decompose-done = { $summary } Es dauerte { $seconds } s.
decompose-cancelled = Zerlegung abgebrochen; die Ebenen sind, wie sie waren
decompose-heading = Zerlegen
decompose-open-first = Öffnen Sie zuerst ein Bild.
decompose-becomes-variant = Beim erneuten Zerlegen bleiben diese Ebenen als Variante.
decompose-replaces-picture = Die Ebenen ersetzen das Bild; Rückgängig holt es zurück.

engine-label = Verfahren
    .tooltip = Was das Bild zerlegt
engine-automatic = Automatisch
    .tooltip = Das erste von diesen, das hier läuft
engine-unknown = Unbekannt
engine-will-run = Verwendet wird { $engine }. { $reason }
engine-cannot-run = { $engine } läuft hier nicht: { $reason }
engine-none = Hier läuft kein Verfahren.

server-choose-token = Datei mit dem Token wählen
server-answer-lost = die Antwort des Servers ging durch einen Fehler im Programm verloren; versuchen Sie es noch einmal
server-title = Server
server-what-it-is = Ein Computer, auf dem „lamina serve“ läuft, zerlegt für dieses Fenster.
server-address = Adresse
server-token-file = Token-Datei
    .none = Keine
    .note = Nur wo der Server ein Token verlangt: die erste Zeile der Datei, mit der er gestartet wurde.
server-button = Server…
    .tooltip = Zerlegen, wo ein anderer Computer „lamina serve“ ausführt
server-asking = Der Server wird gefragt, was er kann, sobald kein Auftrag läuft
server-again = Erneut versuchen
    .tooltip = Den Server noch einmal fragen
server-connected = Die Verfahren von { $address } stehen in der Liste.

model-weights = Gewichte
model-choose-folder = Ordner des Modells wählen
model-choose-comfyui = Ordner von ComfyUI wählen
model-role-whole = Modell
model-role-transformer = Transformer
model-role-text-encoder = Text-Encoder
model-role-vision-half = Bildteil
model-role-vae = VAE
model-role-lora = LoRA
model-choose = Datei wählen: { $role }
model-memory-free = Der Speicher des Modells ist frei; der nächste Lauf lädt es neu
model-not-looked-for = Modelle konnten nicht gesucht werden: { $error }
model-fits = Passt: { $how }.
    .tooltip = Mit den Einstellungen, mit denen das Modell veröffentlicht wurde, und dem, was jetzt frei ist
model-found-none = Keines
model-found-files = Einzelne Dateien
model-found-folder = Ein Ordner
model-found = Gefunden
    .tooltip = Was gefunden wurde, und anderes: { $role }
model-transformer = Transformer
model-text-encoder = Text-Encoder
model-vision-half = Bildteil
model-vae = VAE
model-another-folder = Anderer Ordner…
model-another-file = Andere Datei…
model-details = { $format }, { $precision }, { $size } GB
model-heading = Modell
model-looking = Sucht Modelle auf diesem Computer
model-look-again = Modelle erneut suchen
    .tooltip = Modelle auf diesem Computer erneut suchen
model-none-chosen = Kein Modell ist gewählt.
model-folder-button = Ordner wählen…
    .tooltip = Der Ordner mit den Dateien des Modells
model-comfyui-button = ComfyUI…
    .tooltip = Die Modelle eines ComfyUI anbieten
model-get-button = Modell laden…
    .tooltip = Was veröffentlicht ist, und was zu diesem Computer passt
model-free-memory = Speicher freigeben
    .tooltip = Das Modell bleibt für den nächsten Lauf im Speicher; diesen zurückgeben
model-when-no-job = Geschieht, sobald kein Auftrag läuft
model-download-paused = { $model }: angehalten
model-download-stopped = { $model }: abgebrochen
model-download-share = { $model }: { $percent } %
model-download-show = Zeigen
    .tooltip = Wie weit der Download ist
model-engine-needs-one = { $engine } läuft, sobald sein Modell gewählt ist.
model-engine-runs = { $engine } kann laufen. { $reason }
model-fits-here = passt zu diesem Computer
model-fits-not = passt nicht
model-missing = Wählen Sie auch: { $roles }.
model-missing-and = {" und "}

loras-heading = LoRAs
loras-choose-file = Datei wählen…
loras-add = LoRA hinzufügen
    .tooltip = Eine LoRA hinzufügen, die das Modell anders arbeiten lässt
loras-strength = Stärke
    .tooltip = 1: wie sie trainiert wurde; 0: gar nicht; weniger kehrt sie um
loras-strength-of = Stärke von { $name }
loras-move-up = Nach oben
    .label = { $name } nach oben
loras-move-down = Nach unten
    .label = { $name } nach unten
loras-remove = Entfernen
    .label = { $name } entfernen

prompt-language = Sprache
    .tooltip = In welcher Sprache das Modell sich das Bild beschreibt
    .english = Englisch
    .chinese = 中文
prompt-label = Prompt
    .hint = Was das Bild zeigt; leer: das Modell sieht selbst nach
prompt-automatic = Automatische Beschreibung
    .tooltip = Die Worte des Modells; ändern Sie sie, um Ihre zu verwenden
prompt-clear = Prompt löschen
    .tooltip = Zurück zur automatischen Beschreibung
prompt-negative = Negativer Prompt
    .tooltip = Ohne ihn gibt es keine Guidance, und ein Schritt braucht halb so lange
    .hint = Was vermieden werden soll

control-resolution = Arbeitet mit
    .tooltip = Mehr ist feiner und braucht mehr Zeit und Speicher
control-steps = Schritte
    .tooltip = num_inference_steps: mehr dauern länger und geben ein saubereres Ergebnis
control-rebuild = Ebenen in Bildgröße
    .tooltip = Bringt die Ebenen auf Größe und Farben des Bildes; sonst bleiben sie, wie das Verfahren sie gemacht hat
control-layers = Ebenen
    .tooltip = Höchstens so viele Ebenen, mit dem Hintergrund; leere entfallen
control-layers-auto = Auto
    .label = Anzahl der Ebenen automatisch
    .published = Die Anzahl, mit der das Modell veröffentlicht wurde
    .found = So viele, wie das Verfahren findet
    .shown = alle gefundenen
control-step-cache = Ähnliche Schritte sparen
    .tooltip = First-Block-Cache: Ein Schritt, der fast wie der letzte beginnt, wird nicht berechnet; schneller, und die Ebenen weichen ein wenig ab
control-guidance = Guidance
    .tooltip = true_cfg_scale: wie stark der Prompt lenkt; bei 1 gar nicht, und ein Schritt braucht halb so lange
control-normalize = Guidance normalisieren
    .tooltip = cfg_normalize: Guidance dreht die Vorhersage, verstärkt sie aber nicht
control-seed = Seed
    .tooltip = Der gleiche Seed gibt die gleichen Ebenen
control-seed-random = Zufälliger Seed
    .tooltip = Einen anderen Seed nehmen

estimate-tooltip = Was der Auftrag voraussichtlich braucht, mit dem, was jetzt frei ist
estimate-time = Etwa { $time }.
estimate-device = { $device }: { $size } GiB.
estimate-host = { $size } GiB werden aus dem Arbeitsspeicher nachgeladen.


### Jobs

stage-prepare = Vorbereiten
stage-load = Laden
stage-caption = Beschreiben
stage-encode = Kodieren
stage-denoise = Entrauschen
stage-decode = Dekodieren
stage-segment = Segmentieren
stage-inpaint = Auffüllen
stage-rebuild = Aufbauen
stage-read = Text lesen

plan-line = { $how }; höchstens { $size } GiB{ $host }, etwa { $time }
plan-stays = alles bleibt auf dem Gerät
plan-takes-turns = Text-Encoder und Transformer wechseln sich auf dem Gerät ab
plan-streams = die Blöcke des Transformers werden auf das Gerät nachgeladen
plan-tiles = Bilder werden in Kacheln kodiert und dekodiert
plan-several = auf { $count } GPUs
plan-host = {" und "}{ $size } GiB Arbeitsspeicher

result-layers =
    { $count ->
        [one] { $count } Ebene von { $engine }.
       *[other] { $count } Ebenen von { $engine }.
    }
result-reused = { $reused } von { $steps } Schritten gespart.
result-exact = Zusammen ergeben sie das Bild.
result-differs = Zusammen weichen sie vom Bild im Mittel um { $mean } von 255 ab, in 99,9 % der Pixel um höchstens { $most }.


### Left panel: the job that runs

progress-runs-so = { $engine } läuft: { $plan }.
progress-runs = { $engine } läuft.
progress-splitting = Aufgeteilt wird { $layer }
progress-do-not-split = { $layer } nicht aufteilen
progress-waits = { $layer } wartet
progress-edit-meanwhile = Sie können währenddessen weiterarbeiten.
progress-stopping = Wird abgebrochen…
progress-waiting = Wartet auf den Beginn…
progress-caption = { $stage } · bisher { $tokens } Token
progress-step = { $stage } { $step }/{ $steps }
progress-left = { $progress } · noch { $left }

preview-hidden = Vorschau ausgeblendet
preview-step = Vorschau, Schritt { $step } von { $steps }
preview-show = Vorschau einblenden
    .tooltip = Die unfertigen Ebenen zeigen
preview-hide = Vorschau ausblenden
    .tooltip = Die Ebenen zeigen, wie sie sind, und bearbeiten
preview-layer = Unfertige Ebene { $number }

split-one-thing = { $layer } ist ein einziges Objekt und bleibt, wie es ist
split-gone = { $layer } ist nicht mehr da, und damit auch nicht, was daraus wurde


### Right panel: the layers

layers-not-done = Das ging nicht: { $error }
layers-blend-mode = Füllmethode
    .tooltip = Wie sich die Farben der ausgewählten Ebenen mit denen darunter mischen
blend-pass-through = Hindurchwirken
blend-normal = Normal
blend-darken = Abdunkeln
blend-multiply = Multiplizieren
blend-color-burn = Farbig nachbelichten
blend-lighten = Aufhellen
blend-screen = Negativ multiplizieren
blend-color-dodge = Farbig abwedeln
blend-linear-dodge = Linear abwedeln (Hinzufügen)
blend-overlay = Ineinanderkopieren
blend-soft-light = Weiches Licht
blend-hard-light = Hartes Licht
blend-difference = Differenz
blend-hue = Farbton
blend-saturation = Sättigung
blend-color = Farbe
blend-luminosity = Luminanz
layers-lock-transparency = Transparente Pixel fixieren
    .tooltip = Transparente Pixel bleiben in anderen Programmen transparent; hier füllt sie nichts
layers-lock-pixels = Bildpixel fixieren
    .tooltip = Die Farben der ausgewählten Ebenen behalten und ihre Pixel nicht aufteilen
layers-lock-position = Position fixieren
    .tooltip = Die ausgewählten Ebenen nicht verschieben, skalieren und drehen
layers-lock-all = Alles fixieren
    .tooltip = Die ausgewählten Ebenen lassen, wie sie sind
layers-opacity = Deckkraft
    .tooltip = Deckkraft der ausgewählten Ebenen (Tasten 1 bis 9, 0 für 100 %)
layers-show-only = Nur diese Ebene zeigen
    .tooltip = Alt-Klick auf das Auge; noch einmal holt die anderen zurück
layers-heading = Ebenen
layers-no-picture = Kein Bild ist geöffnet.
layers-eye-tooltip =
    { $label }
    Alt-Klick: nur diese Ebene zeigen
layers-group-locked = Ihre Gruppe ist fixiert
layers-name = Name der Ebene
layers-numbered = { $name } { $number }
layers-objects = Objekte
layers-shapes = Formen
layers-texts = Text
layers-new-group = Gruppe
layers-hide = { $name } ausblenden
layers-show = { $name } einblenden
layers-unfold = { $name } aufklappen
layers-fold = { $name } zuklappen
layers-unlock = { $name } lösen
layers-lock = { $name } fixieren
layers-copy-suffix = {" Kopie"}

text-label = Text
text-words = Text auf der Ebene
    .hint = Was hier geschrieben steht
text-sure =
    { $words }
    { $sure } % sicher
text-remove = Text entfernen
    .tooltip = Vergessen, was geschrieben steht; die Pixel bleiben
text-letters = Schrift
text-height = Höhe der Schrift
text-color = Farbe der Schrift, #{ $r }{ $g }{ $b }
text-family = Schriftfamilie
    .hint = Schriftart
    .tooltip = Schriftfamilie, für Dateien, die Text als Text enthalten

variants-delete = Variante löschen
    .tooltip = Die gezeigte Variante löschen
variants-label = Variante
    .tooltip = Die Ergebnisse mehrerer Läufe; eines wird gezeigt, und jedes behält, was daran geändert wird
variants-copy-layer = Ebene aus einer anderen Variante kopieren
variants-as-opened = Wie geöffnet
variants-run = { $number }: { $run }
variants-settings = { $engine }, Seed { $seed }
variants-settings-layers = { $engine }, { $count } Ebenen, Seed { $seed }


### Right panel: properties of what is selected

properties-heading = Eigenschaften
properties-x = X
    .tooltip = Linke Kante, von der linken Kante der Arbeitsfläche aus
    .several = Linke Kante aller, von der linken Kante der Arbeitsfläche aus
properties-y = Y
    .tooltip = Obere Kante, von der oberen Kante der Arbeitsfläche aus
    .several = Obere Kante aller, von der oberen Kante der Arbeitsfläche aus
properties-width = B
    .tooltip = Breite der Ebene
    .several = Breite aller; die Höhe folgt
properties-height = H
    .tooltip = Höhe der Ebene
    .several = Höhe aller; die Breite folgt
properties-ratio = Seitenverhältnis behalten
    .tooltip = Breite und Höhe ändern sich zusammen
properties-rotation = W
    .tooltip = Drehwinkel, im Uhrzeigersinn
properties-group =
    { $count ->
        [0] Leere Gruppe
        [one] Gruppe mit { $count } Ebene
       *[other] Gruppe mit { $count } Ebenen
    }
properties-layers =
    { $count ->
        [0] Keine Ebene ist ausgewählt
       *[other] { $count } Ebenen
    }
properties-locked = Fixiert
properties-several-locked = { $what }, fixiert

colors-heading = Farben
colors-hue = Farbton
    .tooltip = Dreht den Farbton im Farbkreis
colors-saturation = Sättigung
    .tooltip = −100 % ist grau
colors-lightness = Helligkeit
    .tooltip = −100 % ist schwarz, 100 % ist weiß
colors-tint = Tönung
    .tooltip = Farbe, die über die Ebene gelegt wird
colors-tint-strength = Stärke
    .tooltip = Wie viel von der Tönung zu sehen ist


### Status bar

status-opening = { $file } wird geöffnet…
status-cancel-saving = Speichern abbrechen
status-cancel-export = Export abbrechen
status-cancel-tooltip = Nicht weiterschreiben; nichts bleibt zurück
status-zoom = Bildschirmpixel für jedes Bildpixel
status-canvas-size = { $width } × { $height } px
    .tooltip = Größe der Arbeitsfläche
status-fidelity = Treue { $psnr } dB, mittlerer Fehler { $mean_error } von 255
    .tooltip = Spitzen-Signal-Rausch-Verhältnis und mittlerer Fehler aller Kanäle, Ebenen gegen Original
status-pointer = Pixel unter dem Zeiger
status-fidelity-none = Kein Original dieser Größe zum Vergleichen
status-fidelity-exact = Die Ebenen geben das Original genau wieder
status-saving = { $file } wird gespeichert
status-exporting = { $file } wird exportiert


### Opening, saving and exporting

open-title = Bild oder Projekt öffnen
    .pictures = Bilder und Projekte
    .all_files = Alle Dateien
open-only-first = Nur die erste der abgelegten Dateien wurde geöffnet
open-no-dialog = Der Dateidialog ging nicht auf: { $error }
open-dialog-failed = Der Dateidialog ist gescheitert; versuchen Sie es noch einmal
open-failed = Die Datei konnte nicht geöffnet werden: { $error }
open-failed-by-program = Die Datei konnte wegen eines Fehlers im Programm nicht geöffnet werden
open-pasted-picture = Eingefügtes Bild
open-clipboard-text = In der Zwischenablage ist Text, kein Bild
open-clipboard-empty = In der Zwischenablage ist kein Bild; kopieren Sie zuerst eines

save-title = Projekt speichern
save-not-autosaved = Ungespeicherte Arbeit wird nicht für eine Wiederherstellung behalten: { $error }
save-failed = Das Projekt wurde nicht gespeichert: { $error }
save-cancelled = Speichern abgebrochen; die Datei ist, wie sie war
save-done = Gespeichert als { $path }
save-is-there = { $name } gibt es schon.
save-path = Pfad
    .tooltip = Wohin das Projekt kommt
save-changed-by-others = { $name } wurde von einem anderen Fenster oder Programm geändert, seit es hier geöffnet wurde.
save-lost = das Projekt wurde wegen eines Fehlers im Programm nicht gespeichert; versuchen Sie es noch einmal

unsaved-title = Ungespeicherte Arbeit
unsaved-decomposition-stops = Die laufende Zerlegung wird abgebrochen.
unsaved-export-stops = Der laufende Export wird abgebrochen.
unsaved-save =
    .tooltip = Das Projekt speichern, dann weiter
unsaved-cancel =
    .tooltip = Zurück zum Bild
unsaved-discard = Nicht speichern
    .tooltip = Weiter, und die Änderungen gehen verloren
unsaved-before-closing = Sollen die Änderungen an { $name } gespeichert werden, bevor das Fenster schließt?
unsaved-before-opening = Sollen die Änderungen an { $name } gespeichert werden, bevor { $other } geöffnet wird?
unsaved-busy-at-closing = Beim Schließen des Fensters läuft noch etwas.
unsaved-busy-at-opening = Beim Öffnen von { $other } läuft noch etwas.

recover-question = Lamina endete, bevor { $name } gespeichert war; der letzte Stand ist noch hier.
recover-open = Wiederherstellen
    .tooltip = So öffnen, wie es zuletzt behalten wurde
recover-discard = Verwerfen
    .tooltip = Endgültig löschen

export-title = Exportieren
    .folder = In einen Ordner exportieren
export-not-started = Der Export konnte nicht beginnen: { $error }
export-cancelled = Export abgebrochen; nichts wurde geschrieben
export-done-layers = { $files } Ebenen nach { $folder } exportiert
export-done-psb = Nach { $path } exportiert, als PSB, weil ein PSD nicht so groß sein kann
export-done = Nach { $path } exportiert
export-folder-not-empty = Der Ordner { $name } ist nicht leer; Dateien gleichen Namens werden ersetzt.
export-psd = PSD
    .tooltip = Alle Ebenen in einer Datei für Photoshop
export-openraster = OpenRaster
    .tooltip = Alle Ebenen in einer Datei für Krita, GIMP und MyPaint
    .note = Ebenen, wie sie aussehen; ein Projekt (Strg+S) behält sie, wie sie sind.
export-pptx = PPTX
    .tooltip = Eine Folie, jede Ebene ein Bild darauf
    .note = Füllmethoden entfallen; PowerPoint kennt keine.
export-svg = SVG
    .tooltip = Alle Ebenen als Bilder für Browser und Inkscape
    .note = Ebenen, wie sie aussehen, als Bilder.
export-png-layers = PNG-Ebenen
    .tooltip = Ein Ordner mit einem Bild für jede Ebene
export-flattened = Reduziertes PNG
    .tooltip = Was sichtbar ist, als ein Bild
    .note = Ausgeblendete Ebenen entfallen.
export-keep-original = Original als ausgeblendete unterste Ebene behalten
    .tooltip = Das Bild, wie es geöffnet wurde, mit dem Namen „Original“
export-live2d = Für Live2D Cubism
    .tooltip = Jeder Name einmal, Gruppen höchstens vierfach geschachtelt, Umfärbungen in den Pixeln
export-extent-layer = So groß wie die Ebene
    .tooltip = Jedes Bild ist auf das Sichtbare beschnitten
export-extent-canvas = So groß wie die Arbeitsfläche
    .tooltip = Alle Bilder sind gleich groß und passen übereinander
export-text-pixels = Text als Pixel
    .tooltip = Sieht genauso aus wie hier
export-text-editable = Bearbeitbarer Text
    .tooltip = Ebenen, deren Wörter bekannt sind, werden zu Text
    .update = Photoshop fragt beim Öffnen, ob es diese Ebenen aktualisieren soll. Klicken Sie auf „Aktualisieren“: Dann setzt es die Wörter neu, in einer Schrift, die es hat.
    .boxes = Wörter stehen in Kästen, in Arial, und sehen nur ungefähr wie hier aus.
export-folder = Ordner
export-file = Datei
    .tooltip = Wohin der Export kommt
export-lost = der Export endete durch einen Fehler im Programm; versuchen Sie es noch einmal


### Getting a model

download-not-started = Der Download konnte nicht beginnen: { $error }
download-done = Das Modell { $model } wurde geladen; ab jetzt wird es verwendet
download-catalogue-lost = die Liste der Modelle ging durch einen Fehler im Programm verloren; öffnen Sie sie noch einmal
download-title = Modell laden
download-room = { $free } GB sind frei für { $folder }.
download-no-gpu = Hier gibt es keine GPU für ein Modell; deshalb ist keines als das beste markiert.
download-best = Am besten für diesen Computer
download-is-here = Geladen
download-about = { $about }. { $size } GB, Lizenz { $licence }.
download-no-room = Kein Platz
download-cancel =
    .tooltip = Beendet den Download und löscht, was davon da ist
download-lost = der Download endete durch einen Fehler im Programm; beginnen Sie ihn noch einmal
download-status = { $model }:{ $far }{ $how }
download-far = {" "}{ $there } von { $all } GB
download-asking = {" "}fragt den Server…
download-checking = , prüft, was da ist…
download-rate = , { $rate } MB pro Sekunde, noch { $left }
download-pausing = , hält an…
download-paused = , angehalten
download-discarding = , löscht, was da ist…
download-stopped = , abgebrochen
download-resume-model = { $model } weiterladen
download-model = { $model } laden
download-delete-model = { $model } löschen


### Help

history-lost = der Verlauf ging durch einen Fehler im Programm verloren; öffnen Sie ihn noch einmal
history-not-recorded = Was der Lauf brauchte, wird nicht aufgezeichnet: { $error }
history-title = Verlauf
history-empty = Noch ist kein Lauf beendet.
history-how-to-read = Läufe nach Verfahren, Auflösung und GPU, darunter solche, die viel mehr oder weniger Zeit brauchten als ihresgleichen.
history-no-backend = kein Verfahren
history-processor = Prozessor
history-nothing = noch ist kein Auftrag beendet
history-no-folder = das System nennt keinen Ordner für die Daten dieses Benutzers; nennen Sie einen mit --data
history-counts = { $done } fertig, { $failed } gescheitert
history-seconds = ; in der Regel { $median } s, höchstens { $slowest } s
history-over-forecast = , { $share } der Vorhersage
history-stage = { $stage } { $seconds } s{ $memory }
history-memory = , { $size } GiB
history-outlier = { $ended }: { $seconds } s, { $times }-mal so lange, für { $width } × { $height }

help-shortcuts = Tastaturbefehle
help-version = Version { $version }
help-what-it-is = Zerlegt ein flaches Bild in Ebenen, die sich bearbeiten lassen.
help-licences = Apache License 2.0. Symbole von Lucide (ISC). Droid Sans Fallback (Apache License 2.0).


### The command line: sentences begin small

argument-share = wählen Sie eine Zahl über 0 und höchstens 1
argument-no-credentials = die Anmeldedaten in { $file } sind nicht lesbar; geben Sie eine andere Datei an
argument-choose-of = wählen Sie eines von: { $names }
argument-raw-of-other = --raw schreibt die Ebenen von { $model }, wie es sie gemacht hat, nicht die von { $other }; lassen Sie eines von beiden weg
argument-see-help = { $line } (siehe --help)
argument-all-files = einzelne Dateien brauchen alle von --transformer, --vae und --text-encoder; nennen Sie sie, oder den Ordner von ComfyUI mit --comfyui
argument-no-such-model = dieses Modell gibt es nicht
argument-whole-number = wählen Sie eine ganze Zahl ab 0
argument-auto-or-number = wählen Sie auto oder eine ganze Zahl
argument-number = wählen Sie eine Zahl wie 4.0
argument-token-unreadable = das Token in { $file } ist nicht lesbar; geben Sie eine andere Datei an
argument-no-token = { $file } enthält kein Token; schreiben Sie eines hinein
argument-gigabytes = wählen Sie eine Zahl wie 16
argument-above-zero = wählen Sie eine Zahl über 0

mend-listen = ; wählen Sie mit --listen eine andere
mend-needs-token = ; geben Sie mit --token-file eine Datei an, die eines enthält, oder verwenden Sie 127.0.0.1
mend-tokens = ; geben Sie mit --token-file eine andere Datei an
mend-data = ; wählen Sie mit --data einen anderen
mend-data-in-use = ; beenden Sie es oder wählen Sie mit --data einen anderen Ordner
mend-later-version = ; aktualisieren Sie es oder wählen Sie mit --data einen anderen Ordner
mend-nats = ; die Option dafür ist --nats-credentials oder --nats-token-file
mend-token-file = {" (--token-file)"}
mend-transformer = ; die Option dafür ist --transformer
mend-text-encoder = ; die Option dafür ist --text-encoder
mend-mmproj = ; die Option dafür ist --mmproj
mend-vae = ; die Option dafür ist --vae
mend-model = ; die Option dafür ist auch --model

convert-unknown-format = { $file } endet auf kein Format, das geschrieben wird; wählen Sie .lamina, .ora, .psd, .psb, .pptx, .svg, .png oder keine Endung für einen Ordner mit PNGs
convert-psb = Das Dokument ist zu groß für ein PSD; deshalb wurde ein PSB geschrieben.
convert-stopped = abgebrochen; nichts wurde geschrieben

batch-watch-no-folder = --watch wartet auf Bilder in Ordnern, und keiner ist genannt; nennen Sie einen
batch-no-picture = es gibt kein Bild zum Zerlegen; nennen Sie Dateien der Formate { $formats } oder Ordner damit
batch-output-inside = mit --recursive würden auch die Ebenen in { $folder } zerlegt; wählen Sie mit -o einen anderen Ausgabeordner
batch-folder-passed-over = { $error }; seine Bilder werden übergangen
batch-list-unreadable = die Liste { $list } ist nicht lesbar
batch-line-no-json = dies ist kein JSON-Objekt ({ $error }); schreiben Sie eines in jede Zeile
batch-line-no-picture = es nennt kein "picture"; fügen Sie eines hinzu
batch-no-raw-layers = Worker liefern keine rohen Ebenen; lassen Sie --raw weg
batch-writing-failed = die Ergebnisse konnten nicht geschrieben werden
batch-no-threads = das System gibt keine weiteren Threads; beenden Sie andere Programme
batch-picture-done = { $input } → { $results } in { $seconds } s: { $summary }
batch-done-before = { $picture } war schon fertig
batch-summary = { $done } zerlegt, { $skipped } schon fertig, { $failed } gescheitert
batch-cannot-write = { $file } kann nicht geschrieben werden

run-no-ctrl-c = Strg-C wird diesen Lauf nicht sauber beenden: { $error }
run-not-recorded = was der Auftrag brauchte, wird nicht aufgezeichnet: { $error }
run-left-for-all = noch { $left };{" "}
run-load = { $stage } { $step } %
run-caption = { $stage } { $step } Token
run-step-left = { $stage } { $step }/{ $steps }, noch { $left } s
run-step = { $stage } { $step }/{ $steps }

report-unreadable = der Bericht { $file } ist nicht lesbar
report-of-no-run = { $file } ist kein Bericht, der sich wiederholen lässt; wählen Sie die .json, die ein Lauf neben seinem PSD hinterlassen hat
report-of-later-version = { $file } ist von einer späteren Version dieses Programms; aktualisieren Sie es, um diesen Auftrag zu wiederholen
report-damaged = { $file } ist beschädigt ({ $error }); geben Sie statt --again das Bild und seine Einstellungen an
report-caption = Beschreibung: { $caption }
report-own-size = Sie haben die Größe, die das Verfahren ihnen gab
report-raw-size = Sie sind { $width } × { $height }, wie das Modell sie gemacht hat

plan-of-processor = Hier gibt es keine GPU, die dieses Programm nutzen kann; dies ist daher der Plan für den Prozessor. --card plant für eine GPU, die nicht hier ist.

pull-removed = { $model } ist nicht mehr hier
pull-nothing-fits = hier gibt es keine GPU, auf die ein Modell passt; nennen Sie das gewünschte, wie `lamina model list` sie nennt
pull-no-gpu = Hier gibt es keine GPU, die dieses Programm nutzen kann; `lamina plan --card all` sagt, was jedes auf den bekannten braucht.
pull-kept-in = Modelle liegen in { $folder }
pull-here = hier
pull-partly-here = teilweise hier
pull-best = am besten für diesen Computer
pull-as-published = { $model } ist so, wie es veröffentlicht wurde
pull-file-damaged = { $file } ist beschädigt oder fehlt
pull-mends = `lamina model pull { $model }` behebt es
pull-no-model = kein Modell ist hier; `lamina model pull` lädt eines
pull-found-by-itself = es wird von selbst gefunden; --model { $folder } nennt es
pull-no-ctrl-c = Strg-C lässt sich nicht abfangen
pull-begins = { $model }, { $size } in { $files } Dateien, Lizenz { $licence }, nach { $folder }

serve-ready = erreichbar unter http://{ $address } (Seite dazu: http://{ $address }/docs)

worker-is-there = Ein Worker, der das ausführt, ist da.
worker-is-not-there = Kein Worker, der das ausführt, ist da; Aufträge warten auf einen.
worker-no-ctrl-c = Strg-C wird diesen Worker nicht sauber beenden: { $error }
worker-takes = nimmt Aufträge von { $server }: { $jobs }
worker-cannot-take = Aufträge der Art { $jobs } laufen hier nicht: { $reason }
worker-waits = wartet auf Aufträge
worker-has-job = hat Auftrag { $job }
worker-job-failed = Auftrag { $job }: { $error }
worker-gave-back = Auftrag { $job } wurde zurückgegeben
worker-counts = { $done } fertig, { $failed } gescheitert
worker-ends-after = ; endet nach diesem Auftrag, oder sofort, wenn er noch einmal unterbrochen wird
