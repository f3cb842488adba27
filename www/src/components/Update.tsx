import { holdsFiles, newer, useNewer } from "../offline";

/** Says that there is a newer version; nothing changes until the visitor wants it. */
export function Update() {
  return (
    <div class="update" role="status">
      {newer.value && (
        <p>
          A newer version of this page is {newer.value === "elsewhere" ? "in use in another tab" : "ready"}.{" "}
          {holdsFiles() && "You will have to reopen your own files. "}
          <button type="button" data-testid="update" onClick={useNewer}>
            Use it
          </button>
        </p>
      )}
    </div>
  );
}
