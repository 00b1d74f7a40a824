/** Copy text; true when the browser let us. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no permission, or the page is not on a secure origin: the caller tells the customer
  }
}
