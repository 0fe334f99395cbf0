// How a reader follows an answer as it comes: by ear, and by eye.

// Blocks of an answer are said when they are whole.
function tellBlocks(article, whole) {
  for (let at = article.told ?? 0; at < whole; at++) announce(article.body.children[at].innerText);
  article.told = Math.max(article.told ?? 0, whole);
}

function tellEnd(node) {
  const article = articles.get(node);
  tellBlocks(article, article.body.children.length);
  if (node.error) announce("No whole answer. " + node.error.what);
  else if (callsOf(node).length)
    announce(`The model calls ${node.calls.map((call) => call.name).join(", ")}. Type the result.`);
  else announce(node.finish === "stopped" ? "Stopped." : "End of the answer.");
}

// The last message stays in view as long as the user does not scroll away from it.
let isFollowing = true;
const isAtEnd = () => $("scroll").scrollHeight - $("scroll").scrollTop - $("scroll").clientHeight < 60;

function follow() {
  if (isFollowing) $("scroll").scrollTop = $("scroll").scrollHeight;
  $("latest").hidden = isFollowing || isAtEnd();
}

function toLatest() {
  isFollowing = true;
  follow();
}
