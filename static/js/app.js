// @ts-check
// Every element of the program. A page that has none of them loads them all the same: they are small.
import "./upload-drop.js";
import "./job-progress.js";
import "./confidence-cut.js";
import "./pile-gallery.js";
import "./picture-viewer.js";
import "./pile-sweep.js";
import "./settings-confidence.js";
