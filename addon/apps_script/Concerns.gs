/**
 * Tells Sensync that this form was filled in, so that the teacher hears back within a minute.
 *
 * Nothing that anybody wrote leaves the form: Sensync is told of which form there is something to read, and reads it
 * itself. README.md beside this file says how to set it up. Whatever fails here loses nothing: the next sync finds the
 * response.
 */

const HANDLER = 'tellSensync';
const ADDRESS = 'SENSYNC_ADDRESS';
const SECRET = 'SENSYNC_SECRET';
const SHORTEST_SECRET = 32;

const TRIES = 4;
const FIRST_WAIT_MS = 1000;

/**
 * Makes the trigger, once: run this by hand after the script's properties are set. Running it again does no harm.
 */
function install() {
  readSettings_();
  const ours = ScriptApp.getProjectTriggers().filter((trigger) => trigger.getHandlerFunction() === HANDLER);
  ours.slice(1).forEach((trigger) => ScriptApp.deleteTrigger(trigger));
  if (ours.length === 0) {
    ScriptApp.newTrigger(HANDLER).forForm(FormApp.getActiveForm()).onFormSubmit().create();
  }
  console.log('Sensync is told of responses to this form from now on.');
}

/**
 * Runs whenever somebody sends the form or an edit of it.
 *
 * @param {{source: GoogleAppsScript.Forms.Form, response: GoogleAppsScript.Forms.FormResponse}} event what Forms tells.
 */
function tellSensync(event) {
  const settings = readSettings_();
  const body = JSON.stringify({ form: event.source.getId(), response: fingerprint_(event.response) });
  const timestamp = String(Math.floor(Date.now() / 1000));
  // Signed once for all tries: if Sensync has it and only its answer was lost, it says so with 409.
  const signature = hex_(
    Utilities.computeHmacSha256Signature(timestamp + '.' + body, settings.secret, Utilities.Charset.UTF_8)
  );
  const request = {
    method: 'post',
    contentType: 'application/json',
    payload: body,
    headers: { 'X-Sensync-Timestamp': timestamp, 'X-Sensync-Signature': signature },
    muteHttpExceptions: true,
    followRedirects: false,
  };
  let status = 0;
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) {
      Utilities.sleep(FIRST_WAIT_MS * Math.pow(2, tries - 1));
    }
    status = post_(settings.address + '/hooks/forms', request);
    if ((status >= 200 && status < 300) || status === 409) {
      return;
    }
    if (status !== 0 && status !== 429 && status < 500) {
      break;
    }
  }
  throw new Error(explanation_(status));
}

/**
 * The address and the secret from the script's properties.
 *
 * @return {{address: string, secret: string}} both, checked.
 */
function readSettings_() {
  const properties = PropertiesService.getScriptProperties();
  const address = (properties.getProperty(ADDRESS) || '').trim().replace(/\/+$/, '');
  const secret = (properties.getProperty(SECRET) || '').trim();
  if (!/^https:\/\/[^/]+$/.test(address)) {
    throw new Error(
      'Set the script property ' + ADDRESS + ' to the address of Sensync, such as https://book.school.example ' +
        '(Project Settings, Script Properties).'
    );
  }
  if (secret.length < SHORTEST_SECRET) {
    throw new Error(
      'Set the script property ' + SECRET + ' to the secret that [concerns] hook_secret_file holds (Project Settings, ' +
        'Script Properties). It has ' + SHORTEST_SECRET + ' characters or more.'
    );
  }
  return { address: address, secret: secret };
}

/**
 * Tells one response, or one edit of it, from another. A digest, because the id itself opens the response for editing.
 */
function fingerprint_(response) {
  const text = response.getId() + ' ' + response.getTimestamp().getTime();
  return hex_(Utilities.computeDigest(Utilities.DigestAlgorithm.SHA_256, text, Utilities.Charset.UTF_8));
}

/** Posts; gives the status, 0 where no answer came. */
function post_(url, request) {
  try {
    return UrlFetchApp.fetch(url, request).getResponseCode();
  } catch (error) {
    return 0;
  }
}

/** What Google shows in Executions, and mails to whoever installed the trigger. */
function explanation_(status) {
  const why = {
    0: 'Sensync did not answer. Look whether it runs and can be reached from outside.',
    401: 'Sensync did not accept the signature: ' + SECRET + ' is not the secret that it has.',
    403: "Sensync found the time wrong. Look at the clock of Sensync's computer.",
    404: 'Sensync does not know this form, or its hook is off: see [concerns] in sensync.toml.',
  };
  return (why[status] || 'Sensync answered ' + status + '.') + ' Nothing is lost: the next sync finds the response.';
}

/** Bytes, which Apps Script gives with a sign, as hexadecimal digits. */
function hex_(bytes) {
  return bytes.map((byte) => ((byte + 256) % 256).toString(16).padStart(2, '0')).join('');
}
