// Choosing whose eyes to look through.
import * as api from "./api.js";
import { attempt, byId } from "./dom.js";

byId("accounts").addEventListener("click", (event) => {
  const button = event.target.closest("button[data-account]");
  if (!button) return;
  attempt(async () => {
    await api.post("/accounts/switch", { account: button.dataset.account });
    window.location.assign("/");
  });
});
document.body.dataset.ready = "true";
