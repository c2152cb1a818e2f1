/**
 * A form as the phone shows it, for the console's frame: the phone's own parts and styles, which
 * would not go together with the console's in one page.
 */
import '../style.css';
import '../vant';
import './preview.css';

import { createApp } from 'vue';

import FormPreview from './FormPreview.vue';

createApp(FormPreview).mount('#app');
