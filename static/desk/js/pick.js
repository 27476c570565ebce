// Offers accounts below a cell while somebody types: arrows choose, Enter or Tab takes, Escape closes.

const WAIT_MS = 120;

export class Picker {
    /** @param {string} address where accounts are asked for; @param {(input) => void} taken called when one was. */
    constructor(address, taken) {
        this.address = address;
        this.taken = taken;
        this.input = null;
        this.offered = [];
        this.chosen = -1;
        this.asked = 0;
        this.list = document.createElement("ul");
        this.list.className = "lf-offered";
        this.list.id = "offered-accounts";
        this.list.setAttribute("role", "listbox");
        this.list.setAttribute("aria-label", "Accounts");
        this.list.hidden = true;
        // Before the cell loses the focus, which would close the list.
        this.list.addEventListener("mousedown", (event) => {
            const item = event.target.closest("li");
            if (item) {
                event.preventDefault();
                this.take(Number(item.dataset.place));
            }
        });
        document.body.append(this.list);
    }

    get isOpen() {
        return !this.list.hidden;
    }

    /** Look up what is in the cell, once nobody has typed for a moment. */
    look(input, { atOnce = false } = {}) {
        this.input = input;
        const asked = ++this.asked;
        clearTimeout(this.timer);
        if (!input.value.trim() && !atOnce) return this.close();
        this.timer = setTimeout(() => this.ask(input, asked), atOnce ? 0 : WAIT_MS);
        return undefined;
    }

    async ask(input, asked) {
        let answer;
        try {
            const address = new URL(this.address, location.href);
            address.searchParams.set("q", input.value.trim());
            const entity = new URLSearchParams(location.search).get("entity");
            if (entity) address.searchParams.set("entity", entity);
            answer = await fetch(address, { headers: { Accept: "application/json" } });
            if (!answer.ok || answer.redirected) return;
            answer = await answer.json();
        } catch {
            return; // the server resolves what is typed anyway
        }
        if (asked === this.asked && document.activeElement === input) this.show(answer.accounts);
    }

    show(accounts) {
        this.offered = accounts;
        this.list.replaceChildren(...accounts.map((account, place) => item(account, place)));
        if (!accounts.length) return this.close();
        this.list.hidden = false;
        this.place();
        this.input.setAttribute("aria-expanded", "true");
        return this.choose(0);
    }

    /** Below its cell, also after that has moved. */
    place() {
        if (!this.isOpen) return;
        const box = this.input.getBoundingClientRect();
        const outer = this.list.offsetParent?.getBoundingClientRect() ?? { left: -scrollX, top: -scrollY };
        this.list.style.left = `${box.left - outer.left}px`;
        this.list.style.top = `${box.bottom - outer.top}px`;
    }

    choose(place) {
        this.chosen = Math.max(0, Math.min(place, this.offered.length - 1));
        for (const one of this.list.children) {
            const is = Number(one.dataset.place) === this.chosen;
            one.setAttribute("aria-selected", String(is));
            if (is) {
                one.scrollIntoView({ block: "nearest" });
                this.input.setAttribute("aria-activedescendant", one.id);
            }
        }
    }

    /** Put the chosen account into the cell. */
    take(place = this.chosen) {
        const account = this.offered[place];
        const input = this.input;
        this.close();
        if (!account) return;
        input.value = account.code;
        this.taken(input, account);
    }

    close() {
        this.asked++;
        clearTimeout(this.timer);
        this.list.hidden = true;
        this.offered = [];
        if (this.input) {
            this.input.setAttribute("aria-expanded", "false");
            this.input.removeAttribute("aria-activedescendant");
        }
    }

    /** Whether the key was meant for the list, and needs nobody else. */
    key(event) {
        if (event.key === "ArrowDown" && !this.isOpen) {
            this.look(event.target, { atOnce: true });
            return true;
        }
        if (!this.isOpen) return false;
        if (event.key === "ArrowDown") this.choose(this.chosen + 1);
        else if (event.key === "ArrowUp") this.choose(this.chosen - 1);
        else if (event.key === "Escape") this.close();
        else return false;
        return true;
    }
}

/** Tell assistive technology that a cell has a list. */
export function describe(input) {
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", "offered-accounts");
}

function item(account, place) {
    const line = document.createElement("li");
    line.id = `offered-${place}`;
    line.dataset.place = String(place);
    line.setAttribute("role", "option");
    for (const text of [account.code, account.owner ? `${account.name} · ${account.owner}` : account.name,
        `${account.balance} ${account.currency}`.trim(), account.used ?? ""].filter(Boolean)) {
        const part = document.createElement("span");
        part.textContent = text;
        line.append(part);
    }
    return line;
}
