{{/*
Labels by which pods are found. A Deployment's selector can never be changed: with one release for both
credentials they do not say which.
*/}}
{{- define "app.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- if not .Values.account }}
rotation/slot: {{ .Values.slot }}
{{- end }}
{{- end }}

{{- define "app.labels" -}}
{{ include "app.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Labels of pods, which always say whose they are. */}}
{{- define "app.podLabels" -}}
{{ include "app.labels" . }}
{{- if .Values.account }}
rotation/slot: {{ .Values.slot }}
rotation/secret-version: {{ .Values.secret.version | quote }}
{{- end }}
{{- end }}
