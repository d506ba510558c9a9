// All custom elements. Every page loads all of them, because they are small.
import "./bulk-verdict.js";
import "./confidence-slider.js";
import "./job-progress.js";
import "./picture-viewer.js";
import "./pile-gallery.js";
import "./settings-confidence.js";
import "./upload-drop.js";
import "./verdict-history.js";
