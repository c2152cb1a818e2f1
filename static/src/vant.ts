/** The styles of those of Vant's parts that are used; without its icon font, which is not. */
import 'vant/es/style/base.css';
import 'vant/es/overlay/index.css';
import 'vant/es/popup/index.css';
import 'vant/es/loading/index.css';
import 'vant/es/button/index.css';
import 'vant/es/toast/index.css';
import 'vant/es/dialog/index.css';
import 'vant/es/swipe/index.css';
import 'vant/es/image/index.css';
import 'vant/es/image-preview/index.css';
