// Files that are dropped where a form takes some go into its field. What is there is sent by its button, as without this.

document.querySelectorAll("[data-drop]").forEach((place) => {
    const field = place.querySelector("input[type=file]");
    const button = place.querySelector("[data-attach]");

    place.addEventListener("dragover", (event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        place.classList.add("lf-dropping");
    });
    place.addEventListener("dragleave", (event) => {
        if (!place.contains(event.relatedTarget)) place.classList.remove("lf-dropping");
    });
    place.addEventListener("drop", (event) => {
        if (!event.dataTransfer.files.length) return;
        event.preventDefault();
        place.classList.remove("lf-dropping");
        field.files = event.dataTransfer.files;
        button.form.requestSubmit(button);
    });
    // Around it Enter may mean the next cell; here it opens the choice of files.
    field.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) event.stopPropagation();
    });
});
