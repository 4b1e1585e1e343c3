// The check of the downloaded file. All words and expected values are attributes of the section `check`.

(() => {
  const section = document.getElementById("check");
  const [form, input, stop] = ["check-form", "check-file", "check-stop"].map((id) => document.getElementById(id));
  const [bar, state, verdict] = ["check-bar", "check-state", "check-verdict"].map((id) => document.getElementById(id));
  const words = section.dataset;
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const files = [
    { length: Number(words.size), sha256: words.sha256, right: words.right },
    { length: Number(words.imageSize), sha256: words.imageSha256, right: words.rightImage },
  ];
  let worker = null;

  const say = (good, text, values) => {
    verdict.className = good ? "good" : "bad";
    verdict.textContent = text.replace(/\{(\w+)\}/g, (all, name) => values?.[name] ?? all);
  };
  const show = (busy) => {
    stop.hidden = bar.hidden = state.hidden = !busy;
    form.ariaBusy = String(busy);
  };
  const end = () => {
    worker?.terminate();
    worker = null;
    show(false);
  };
  const bytes = (count) => `${number.format(count)} ${words.bytes}`;

  const check = (file) => {
    end();
    verdict.className = "";
    verdict.textContent = "";
    const name = file.name;
    const candidates = files.filter(({ length }) => length === file.size);
    if (candidates.length === 0) {
      const [{ length }] = files;
      const text = file.size < length ? words.short : words.long;
      say(false, text, { name, found: bytes(file.size), expected: bytes(length) });
      return;
    }
    show(true);
    bar.max = Math.max(file.size, 1);
    bar.value = 0;
    state.textContent = "";
    const began = performance.now();
    const address = URL.createObjectURL(new Blob([workerSource()], { type: "text/javascript" }));
    const own = worker = new Worker(address);
    worker.onmessage = ({ data: { read, digest, failed } }) => {
      if (own !== worker) return;
      if (read !== undefined) {
        bar.value = read;
        const rate = read / (1 << 20) / Math.max((performance.now() - began) / 1000, 0.001);
        state.textContent = `${Math.floor((100 * read) / file.size)} % · ${number.format(Math.round(rate))} MiB/s`;
        return;
      }
      end();
      if (failed !== undefined) return say(false, words.unread, { name, why: failed });
      const right = candidates.find(({ sha256 }) => sha256 === digest);
      say(Boolean(right), right ? right.right : words.wrong, { name, found: digest });
    };
    worker.onerror = (event) => {
      event.preventDefault();
      end();
      say(false, words.unread, { name, why: event.message || "Worker" });
    };
    worker.postMessage(file);
    URL.revokeObjectURL(address);
  };

  input.addEventListener("change", () => input.files.length > 0 && check(input.files[0]));
  stop.addEventListener("click", () => {
    end();
    say(false, words.stopped);
    input.value = "";
    input.focus();
  });
  for (const kind of ["dragover", "drop"]) {
    section.addEventListener(kind, (event) => {
      event.preventDefault(); // else the browser would open the file in place of this page
      if (kind === "drop" && event.dataTransfer.files.length > 0) check(event.dataTransfer.files[0]);
    });
  }
  form.hidden = false;
})();
