// Choosing whose eyes to look through; whoever came from another page goes back to it.
import * as api from "./api.js";
import { attempt, byId } from "./dom.js";

/** The page that asked for the choice, never one of another site. */
function back() {
  const asked = new URL(new URLSearchParams(window.location.search).get("back") ?? "/", window.location.origin);
  return asked.origin === window.location.origin ? asked.href : "/";
}

byId("accounts").addEventListener("click", (event) => {
  const button = event.target.closest("button[data-account]");
  if (!button) return;
  attempt(async () => {
    await api.post("/accounts/switch", { account: button.dataset.account });
    window.location.assign(back());
  });
});
document.body.dataset.ready = "true";
