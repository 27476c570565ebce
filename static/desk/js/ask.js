// Sends the form to be checked and kept: once nobody has typed for a moment, one request at a time, in order.

const WAIT_MS = 350;

export class Asker {
    /** @param {HTMLFormElement} form; @param {() => Element[]} rows those there are now; @param show what was found. */
    constructor(form, rows, show) {
        this.form = form;
        this.rows = rows;
        this.show = show;
        this.state = form.querySelector("#state");
        this.isDirty = false;
        this.running = null;
        this.answer = null;
        this.isStopped = false;
        this.isToldFirst = false; // that this is another journal than the one that the page has posted
        addEventListener("pagehide", () => this.leave());
        addEventListener("pageshow", (event) => {
            if (event.persisted) this.isStopped = false;
        });
    }

    get isBusy() {
        return this.running !== null;
    }

    /** Something was typed. */
    changed() {
        if (this.isStopped) return;
        this.isDirty = true;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.now(), WAIT_MS);
    }

    /** Ask at once; what is on its way is answered first. */
    now() {
        this.isDirty = true;
        clearTimeout(this.timer);
        if (!this.running) this.running = this.run().finally(() => { this.running = null; });
        return this.running;
    }

    /** The answer to what the form says now; null where the server does not give one. */
    async settled() {
        if (this.isDirty || !this.answer) await this.now();
        else if (this.running) await this.running;
        return this.isDirty ? null : this.answer;
    }

    /** Whether something stands in the way of sending; that it would be a second journal does once, to be read. */
    stops(answer) {
        const isNews = this.isToldFirst;
        this.isToldFirst = false;
        return isNews || Boolean(answer && !answer.is_ready);
    }

    /** The page is left by a form: nothing may be kept after it. */
    stop() {
        this.isStopped = true;
        this.isDirty = false;
        clearTimeout(this.timer);
    }

    async run() {
        while (this.isDirty && !this.isStopped) {
            this.isDirty = false;
            const rows = this.rows();
            const answer = await this.ask();
            if (answer === null) {
                this.isDirty = true;
                this.state.textContent = this.form.dataset.away;
                return;
            }
            this.answer = answer;
            this.told(answer);
            this.show(answer, rows);
        }
    }

    async ask() {
        try {
            const response = await fetch(this.address(), { method: "POST", body: new URLSearchParams(new FormData(this.form)) });
            return response.ok && !response.redirected ? await response.json() : null;
        } catch {
            return null;
        }
    }

    address() {
        const address = new URL(this.form.dataset.check, location.href);
        const entity = new URLSearchParams(location.search).get("entity");
        if (entity) address.searchParams.set("entity", entity);
        return address;
    }

    told(answer) {
        for (const name of ["key", "draft", "revision"]) this.form.elements[name].value = answer[name];
        if (answer.earlier) {
            const note = this.form.querySelector("#earlier");
            Object.assign(note.querySelector("a"), { href: answer.earlier.address, textContent: answer.earlier.label });
            note.hidden = false;
            this.isToldFirst = true;
        }
        if (answer.not_kept) {
            this.state.textContent = `${this.form.dataset.unkept} ${answer.not_kept}`;
        } else {
            this.state.textContent = answer.revision ? this.form.dataset.kept : "";
        }
    }

    leave() {
        if (this.isDirty && !this.isStopped) navigator.sendBeacon(this.address(), new URLSearchParams(new FormData(this.form)));
    }
}
