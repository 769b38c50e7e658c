/** The default theme, with colours that have the contrast that readers need. */
import DefaultTheme from "vitepress/theme";
import "./style.css";

export default DefaultTheme;
